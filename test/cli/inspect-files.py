"""Writes ONNX files of kinds that onward does not write: inspect-files.py folder > what onnx itself counts in each, as JSON."""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

FLOAT, HALF, INT64, BOOL = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.BOOL
folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(1)
value = helper.make_tensor_value_info


def weights(name, *dims, dtype=np.float32):
    return numpy_helper.from_array(random.standard_normal(dims).astype(dtype), name)


def model(nodes, inputs, outputs, constants=(), opset=17, functions=(), domains=(), **rest):
    graph = helper.make_graph(list(nodes), "g", list(inputs), list(outputs), list(constants), **rest)
    sets = [helper.make_opsetid("", opset), *(helper.make_opsetid(*each) for each in domains)]
    made = helper.make_model(graph, opset_imports=sets, functions=list(functions), producer_name="others")
    made.ir_version = 10
    return made


def network(dtype=np.float32, kind=FLOAT, opset=17):
    """A convolution and a dense layer on images of 8 x 8: 8*8*4*3*9 + 256*5 multiply-adds."""
    nodes = [
        helper.make_node("Conv", ["x", "k", "b"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("Gemm", ["f", "w"], ["s"], transB=1),
        helper.make_node("Softmax", ["s"], ["y"]),
    ]
    constants = [weights("k", 4, 3, 3, 3, dtype=dtype), weights("b", 4, dtype=dtype), weights("w", 5, 256, dtype=dtype)]
    return model(nodes, [value("x", kind, ["N", 3, 8, 8])], [value("y", kind, ["N", 5])], constants, opset)


def subgraphs():
    """A product in one branch, another in the other, and a third that runs three times."""
    branch = lambda name, size: helper.make_graph(
        [helper.make_node("MatMul", ["x", name], [f"{name}_y"])],
        name,
        [],
        [value(f"{name}_y", FLOAT, None)],
        [weights(name, 4, size)],
    )
    body = helper.make_graph(
        [helper.make_node("MatMul", ["carried", "m"], ["next"]), helper.make_node("Identity", ["go"], ["on"])],
        "body",
        [value("i", INT64, []), value("go", BOOL, []), value("carried", FLOAT, [1, 4])],
        [value("on", BOOL, []), value("next", FLOAT, [1, 4])],
        [weights("m", 4, 4)],
    )
    nodes = [
        helper.make_node("If", ["which"], ["z"], then_branch=branch("a", 2), else_branch=branch("b", 3)),
        helper.make_node("Loop", ["times", "", "x"], ["y"], body=body),
    ]
    inputs = [value("x", FLOAT, [1, 4]), value("which", BOOL, [])]
    outputs = [value("z", FLOAT, None), value("y", FLOAT, [1, 4])]
    return model(nodes, inputs, outputs, [numpy_helper.from_array(np.array(3), "times")])


def functions():
    """A function of the file's own, called twice with other weights."""
    nodes = [helper.make_node("MatMul", ["a", "b"], ["p"]), helper.make_node("Relu", ["p"], ["c"])]
    dense = helper.make_function("mine", "Dense", ["a", "b"], ["c"], nodes, [helper.make_opsetid("", 17)])
    calls = [
        helper.make_node("Dense", ["x", "v"], ["h"], domain="mine"),
        helper.make_node("Dense", ["h", "w"], ["y"], domain="mine"),
    ]
    constants = [weights("v", 4, 6), weights("w", 6, 2)]
    inputs, outputs = [value("x", FLOAT, ["N", 4])], [value("y", FLOAT, ["N", 2])]
    return model(calls, inputs, outputs, constants, functions=[dense], domains=[("mine", 1)])


def trees():
    """A forest of scikit-learn's as ONNX-ML has it: strings out, and probabilities."""
    forest = RandomForestClassifier(n_estimators=3, max_depth=3, random_state=1).fit(*load_iris(return_X_y=True))
    rows = []
    for i, each in enumerate(forest.estimators_):
        tree = each.tree_
        for node in range(tree.node_count):
            leaf = tree.children_left[node] == -1
            rows.append((i, node, "LEAF" if leaf else "BRANCH_LEQ", tree, node))
    keys = {
        "nodes_treeids": [row[0] for row in rows],
        "nodes_nodeids": [row[1] for row in rows],
        "nodes_modes": [row[2] for row in rows],
        "nodes_featureids": [max(int(row[3].feature[row[4]]), 0) for row in rows],
        "nodes_values": [float(row[3].threshold[row[4]]) for row in rows],
        "nodes_truenodeids": [max(int(row[3].children_left[row[4]]), 0) for row in rows],
        "nodes_falsenodeids": [max(int(row[3].children_right[row[4]]), 0) for row in rows],
        "class_treeids": [row[0] for row in rows if row[2] == "LEAF"],
        "class_nodeids": [row[1] for row in rows if row[2] == "LEAF"],
        "class_ids": [0 for row in rows if row[2] == "LEAF"],
        "class_weights": [1.0 for row in rows if row[2] == "LEAF"],
        "classlabels_strings": ["setosa", "versicolor", "virginica"],
    }
    node = helper.make_node("TreeEnsembleClassifier", ["x"], ["label", "p"], domain="ai.onnx.ml", **keys)
    outputs = [value("label", TensorProto.STRING, ["N"]), value("p", FLOAT, ["N", 3])]
    return model([node], [value("x", FLOAT, ["N", 4])], outputs, domains=[("ai.onnx.ml", 3)])


def vgg16():
    """VGG16 for 224 x 224 images without its weights: they are said to be in a file that nobody has."""
    nodes, constants, x, channels = [], [], "x", 3

    def elsewhere(name, *dims):
        tensor = TensorProto(name=name, dims=dims, data_type=FLOAT, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="vgg16.data")
        constants.append(tensor)
        return name

    def add(op, inputs, **attributes):
        nonlocal x
        nodes.append(helper.make_node(op, inputs, [f"{op}{len(nodes)}"], **attributes))
        x = nodes[-1].output[0]

    for block in [(64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3]:
        for filters in block:
            name = f"conv{len(nodes)}"
            add("Conv", [x, elsewhere(f"{name}/k", filters, channels, 3, 3), elsewhere(f"{name}/b", filters)], pads=[1] * 4)
            add("Relu", [x])
            channels = filters
        add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    add("Flatten", [x])
    for size, units in [(25088, 4096), (4096, 4096), (4096, 1000)]:
        name = f"fc{len(nodes)}"
        add("Gemm", [x, elsewhere(f"{name}/w", size, units), elsewhere(f"{name}/b", units)])
    inputs, outputs = [value("x", FLOAT, ["N", 3, 224, 224])], [value(x, FLOAT, ["N", 1000])]
    return model(nodes, inputs, outputs, constants)


def oddities():
    """Sequences, maps, strings, numbers of four bits, sparse constants, constants in every kind of attribute."""
    sequence = helper.make_tensor_sequence_value_info("s", FLOAT, None)
    mapping = onnx.ValueInfoProto(name="m")
    mapping.type.map_type.key_type = INT64
    nodes = [
        helper.make_node("Constant", [], ["one"], value_float=1.0),
        helper.make_node("Constant", [], ["few"], value_floats=[1.0, 2.0, 3.0]),
        helper.make_node("Constant", [], ["words"], value_strings=["a", "b"]),
        helper.make_node("SequenceConstruct", ["x", "one"], ["s"]),
        helper.make_node("Whatever", ["x"], ["m"], domain="com.example"),
    ]
    dense = helper.make_tensor("v", FLOAT, [2], [1.0, 2.0])
    sparse = helper.make_sparse_tensor(dense, helper.make_tensor("i", INT64, [2], [0, 3]), [100])
    constants = [
        helper.make_tensor("nibbles", TensorProto.INT4, [4], [1, 2, 3, 4]),
        helper.make_tensor("text", TensorProto.STRING, [1], [b"hello"]),
        helper.make_tensor("brain", TensorProto.BFLOAT16, [2], [1.0, 2.0]),
    ]
    return model(
        nodes,
        [value("x", FLOAT, None)],
        [sequence, mapping],
        constants,
        opset=22,
        domains=[("com.example", 7)],
        sparse_initializer=[sparse],
    )


class Images(CalibrationDataReader):
    def __init__(self):
        self.left = iter([{"x": random.standard_normal((1, 3, 8, 8)).astype(np.float32)} for _ in range(4)])

    def get_next(self):
        return next(self.left, None)


before = set(folder.glob("*.onnx"))
plain = network()
plain.metadata_props.add(key="author", value="somebody\nelse")
onnx.save(plain, folder / "plain.onnx")
onnx.save(network(np.float16, HALF), folder / "half.onnx")
onnx.save(network(opset=22), folder / "opset22.onnx")
onnx.save(network(), folder / "external.onnx", save_as_external_data=True, location="external.data", size_threshold=100)
for made in [subgraphs, functions, trees, vgg16, oddities]:
    onnx.save(made(), folder / f"{made.__name__}.onnx")
quantize_dynamic(folder / "plain.onnx", folder / "dynamic.onnx")
for form in [QuantFormat.QDQ, QuantFormat.QOperator]:
    quantize_static(folder / "plain.onnx", folder / f"{form.name.lower()}.onnx", Images(), quant_format=form)


names = [path.stem for path in sorted(set(folder.glob("*.onnx")) - before)]


def operators(graph):
    """How many nodes of each there are, those in branches and loops among them."""
    found = {}
    for node in graph.node:
        name = f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
        found[name] = found.get(name, 0) + 1
        for inner in node.attribute:
            for op, count in operators(inner.g).items() if inner.HasField("g") else ():
                found[op] = found.get(op, 0) + count
    return found


def counted(path):
    made = onnx.load(path, load_external_data=False)
    opsets = {each.domain or "ai.onnx": each.version for each in made.opset_import}
    return {"opsets": opsets, "operators": operators(made.graph)}


print(json.dumps({name: counted(folder / f"{name}.onnx") for name in names}))
