// TensorFlow's functions (https://www.tensorflow.org/guide/intro_to_graphs) for the addon of tfjs-node-gpu, which calls operations one
// by one only. Compiled together with its sources, as they are, so that functions and operations share one context: a function
// changes the variables that operations change. Adds to the addon:
//
//   makeFunction(name, operations, inputs, outputs, controls)
//     operations  [{type, inputs, controls, attributes, tensor}], each after those that it needs:
//                 inputs are [operation, output], or lists of these; controls are operations; attributes as executeOp takes them,
//                 and {type: 6, value: {dtype, shape, values}} for a tensor; `tensor`, of a Placeholder, is a tensor of its dtype
//     inputs      the placeholders that are the function's inputs
//     outputs     [operation, output] each
//     controls    operations that are executed though no output needs them
//   After it executeOp(name, ...) calls the function.
//   removeFunction(name)

#include <node_api.h>

#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

// The addon registers itself, and keeps its context for itself: here both are needed.
#undef NAPI_MODULE
#define NAPI_MODULE(name, init)
#define private public
#include "binding/tfjs_binding.cc"
#undef private

namespace {

// Thrown when an exception of JavaScript's is pending.
struct Pending {};

struct Reader {
  napi_env env;

  void check(napi_status status) const {
    if (status == napi_ok) return;
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (!pending) napi_throw_type_error(env, nullptr, "the description of a function is not what it should be");
    throw Pending();
  }

  napi_value get(napi_value object, const char *name) const {
    napi_value value;
    check(napi_get_named_property(env, object, name, &value));
    return value;
  }

  uint32_t length(napi_value array) const {
    uint32_t count;
    check(napi_get_array_length(env, array, &count));
    return count;
  }

  napi_value at(napi_value array, uint32_t index) const {
    napi_value value;
    check(napi_get_element(env, array, index, &value));
    return value;
  }

  int64_t integer(napi_value value) const {
    int64_t number;
    check(napi_get_value_int64(env, value, &number));
    return number;
  }

  double number(napi_value value) const {
    double result;
    check(napi_get_value_double(env, value, &result));
    return result;
  }

  bool boolean(napi_value value) const {
    bool result;
    check(napi_get_value_bool(env, value, &result));
    return result;
  }

  std::string text(napi_value value) const {
    size_t size;
    check(napi_get_value_string_utf8(env, value, nullptr, 0, &size));
    std::string result(size, '\0');
    check(napi_get_value_string_utf8(env, value, &result[0], size + 1, &size));
    return result;
  }

  bool isArray(napi_value value) const {
    bool result;
    check(napi_is_array(env, value, &result));
    return result;
  }

  std::vector<int64_t> integers(napi_value array) const {
    std::vector<int64_t> result(length(array));
    for (uint32_t i = 0; i < result.size(); i++) result[i] = integer(at(array, i));
    return result;
  }
};

struct Status {
  TF_Status *status = TF_NewStatus();
  ~Status() { TF_DeleteStatus(status); }

  void check(napi_env env) const {
    if (TF_GetCode(status) == TF_OK) return;
    napi_throw_error(env, nullptr, TF_Message(status));
    throw Pending();
  }
};

void SetTensor(const Reader &read, const Status &status, TF_OperationDescription *operation, const char *name,
               napi_value value) {
  const auto type = static_cast<TF_DataType>(read.integer(read.get(value, "dtype")));
  const auto shape = read.integers(read.get(value, "shape"));
  napi_typedarray_type kind;
  size_t count, offset;
  void *data;
  napi_value buffer;
  read.check(napi_get_typedarray_info(read.env, read.get(value, "values"), &kind, &count, &data, &buffer, &offset));
  const size_t bytes = count * TF_DataTypeSize(type);
  std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)> tensor(
      TF_AllocateTensor(type, shape.data(), static_cast<int>(shape.size()), bytes), &TF_DeleteTensor);
  if (!tensor || TF_TensorByteSize(tensor.get()) != bytes) {
    napi_throw_type_error(read.env, nullptr, "a constant of another size than its shape says");
    throw Pending();
  }
  std::memcpy(TF_TensorData(tensor.get()), data, bytes);
  TF_SetAttrTensor(operation, name, tensor.get(), status.status);
  status.check(read.env);
}

void SetAttribute(const Reader &read, const Status &status, TF_OperationDescription *operation, napi_value attribute) {
  const std::string key = read.text(read.get(attribute, "name"));
  const char *name = key.c_str();
  napi_value value = read.get(attribute, "value");
  switch (read.integer(read.get(attribute, "type"))) {
    case TF_ATTR_STRING: {
      const std::string text = read.text(value);
      TF_SetAttrString(operation, name, text.data(), text.size());
      break;
    }
    case TF_ATTR_INT:
      if (read.isArray(value)) {
        const auto list = read.integers(value);
        TF_SetAttrIntList(operation, name, list.data(), static_cast<int>(list.size()));
      } else {
        TF_SetAttrInt(operation, name, read.integer(value));
      }
      break;
    case TF_ATTR_FLOAT:
      TF_SetAttrFloat(operation, name, static_cast<float>(read.number(value)));
      break;
    case TF_ATTR_BOOL:
      TF_SetAttrBool(operation, name, read.boolean(value) ? 1 : 0);
      break;
    case TF_ATTR_TYPE:
      TF_SetAttrType(operation, name, static_cast<TF_DataType>(read.integer(value)));
      break;
    case TF_ATTR_SHAPE: {
      const auto shape = read.integers(value);
      TF_SetAttrShape(operation, name, shape.data(), static_cast<int>(shape.size()));
      break;
    }
    case TF_ATTR_TENSOR:
      SetTensor(read, status, operation, name, value);
      break;
    default:
      napi_throw_type_error(read.env, nullptr, ("an attribute of a type that is not known here: " + key).c_str());
      throw Pending();
  }
}

// JavaScript's values that are needed for one operation only.
struct Scope {
  napi_env env;
  napi_handle_scope scope = nullptr;
  explicit Scope(napi_env given) : env(given) { napi_open_handle_scope(env, &scope); }
  ~Scope() { napi_close_handle_scope(env, scope); }
};

using Made = std::vector<TF_Operation *>;

TF_Output OutputOf(const Reader &read, const Made &made, napi_value pair) {
  const auto place = read.integers(pair);
  return TF_Output{made.at(place.at(0)), static_cast<int>(place.at(1))};
}

TF_Operation *MakeOperation(const Reader &read, const Status &status, tfnodejs::TFJSBackend *backend, TF_Graph *graph,
                            const Made &made, napi_value description) {
  const std::string type = read.text(read.get(description, "type"));
  const std::string name = type.substr(type.find_first_not_of('_')) + "_" + std::to_string(made.size());
  TF_OperationDescription *operation = TF_NewOperation(graph, type.c_str(), name.c_str());

  napi_value inputs = read.get(description, "inputs");
  for (uint32_t i = 0; i < read.length(inputs); i++) {
    napi_value input = read.at(inputs, i);
    if (!read.isArray(read.at(input, 0))) {
      TF_AddInput(operation, OutputOf(read, made, input));
      continue;
    }
    std::vector<TF_Output> list;
    for (uint32_t j = 0; j < read.length(input); j++) list.push_back(OutputOf(read, made, read.at(input, j)));
    TF_AddInputList(operation, list.data(), static_cast<int>(list.size()));
  }
  for (const auto control : read.integers(read.get(description, "controls"))) {
    TF_AddControlInput(operation, made.at(control));
  }
  napi_value attributes = read.get(description, "attributes");
  for (uint32_t i = 0; i < read.length(attributes); i++) {
    SetAttribute(read, status, operation, read.at(attributes, i));
  }
  bool has_tensor;
  read.check(napi_has_named_property(read.env, description, "tensor", &has_tensor));
  if (has_tensor) {
    const auto id = static_cast<int32_t>(read.integer(read.get(description, "tensor")));
    const auto type_of_id = TFE_TensorHandleDataType(backend->tfe_handle_map_.at(id));
    TF_SetAttrType(operation, "dtype", type_of_id);
  }
  TF_Operation *result = TF_FinishOperation(operation, status.status);
  status.check(read.env);
  return result;
}

napi_value MakeFunction(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value given[5];
  if (napi_get_cb_info(env, info, &count, given, nullptr, nullptr) != napi_ok) return nullptr;
  tfnodejs::TFJSBackend *backend = tfnodejs::GetTFJSBackend(env);
  if (!backend) return nullptr;
  const Reader read{env};
  const Status status;
  const std::unique_ptr<TF_Graph, decltype(&TF_DeleteGraph)> graph(TF_NewGraph(), &TF_DeleteGraph);
  try {
    const std::string name = read.text(given[0]);
    Made made;
    for (uint32_t i = 0; i < read.length(given[1]); i++) {
      const Scope scope(env);
      made.push_back(MakeOperation(read, status, backend, graph.get(), made, read.at(given[1], i)));
    }
    std::vector<TF_Output> inputs, outputs;
    for (const auto index : read.integers(given[2])) inputs.push_back({made.at(index), 0});
    for (uint32_t i = 0; i < read.length(given[3]); i++) outputs.push_back(OutputOf(read, made, read.at(given[3], i)));
    std::vector<const TF_Operation *> controls;
    for (const auto index : read.integers(given[4])) controls.push_back(made.at(index));
    const std::unique_ptr<TF_Function, decltype(&TF_DeleteFunction)> function(
        TF_GraphToFunctionWithControlOutputs(
            graph.get(), name.c_str(), 0, -1, nullptr, static_cast<int>(inputs.size()), inputs.data(),
            static_cast<int>(outputs.size()), outputs.data(), nullptr, static_cast<int>(controls.size()),
            controls.data(), nullptr, nullptr, nullptr, status.status),
        &TF_DeleteFunction);
    status.check(env);
    TFE_ContextAddFunction(backend->tfe_context_, function.get(), status.status);
    status.check(env);
  } catch (const Pending &) {
  } catch (const std::exception &) {
    napi_throw_range_error(env, nullptr, "an operation of a function takes what is not there");
  }
  return nullptr;
}

napi_value RemoveFunction(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given[1];
  if (napi_get_cb_info(env, info, &count, given, nullptr, nullptr) != napi_ok) return nullptr;
  tfnodejs::TFJSBackend *backend = tfnodejs::GetTFJSBackend(env);
  if (!backend) return nullptr;
  const Status status;
  try {
    TFE_ContextRemoveFunction(backend->tfe_context_, Reader{env}.text(given[0]).c_str(), status.status);
    status.check(env);
  } catch (const Pending &) {
  }
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  tfnodejs::InitTFNodeJSBinding(env, exports);
  const napi_property_descriptor added[] = {
      {"makeFunction", nullptr, MakeFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"removeFunction", nullptr, RemoveFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 2, added);
  return exports;
}
