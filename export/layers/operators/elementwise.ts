import { leakyRelu } from '../activation.js';
import { activate, clip } from '../activations.js';
import type { Handler } from '../handler.js';
import { refuse } from '../handler.js';
import { argument, operand, pair } from './arguments.js';

/** An operator on two operands, number by number. */
const binary =
  (op: string): Handler =>
  (call) => {
    const { names, result } = pair(call);
    return { ...result, name: call.builder.node(op, call.layer.name, names) };
  };

/** An operator on one operand, number by number. */
const unary =
  (op: string): Handler =>
  (call) => {
    const value = operand(call);
    return { ...value, name: call.builder.node(op, call.layer.name, [value.name]) };
  };

const square: Handler = (call) => {
  const value = operand(call);
  return { ...value, name: call.builder.node('Mul', call.layer.name, [value.name, value.name]) };
};

const rsqrt: Handler = (call) => {
  const value = operand(call);
  const root = call.builder.node('Sqrt', `${call.layer.name}/root`, [value.name]);
  return { ...value, name: call.builder.node('Reciprocal', call.layer.name, [root]) };
};

/** An activation that is written as an operator. */
const active =
  (activation: string): Handler =>
  (call) => {
    const { axis } = call.layer.config;
    const value = operand(call);
    if ((axis ?? -1) !== -1 && axis !== value.shape.length) throw refuse(call, `has axis ${axis}, expected the last`);
    return activate(call.builder, activation, value, call.layer.name);
  };

/** TensorFlow's is exact unless it is told otherwise, Keras 3's the other way round; both write what they were told. */
const gelu: Handler = (call) => {
  const approximate = argument(call, 1, 'approximate') ?? call.origin === 'keras-3';
  return active(approximate ? 'gelu_new' : 'gelu')(call);
};

const clipped: Handler = (call) => {
  const [min, max] = [argument(call, 1, 'x_min'), argument(call, 2, 'x_max')];
  if (typeof min !== 'number' || typeof max !== 'number') throw refuse(call, 'clips to something else than numbers');
  return clip(call.builder, operand(call), max, call.layer.name, min);
};

const leaky: Handler = (call) => {
  const negativeSlope = argument(call, 1, 'negative_slope') ?? argument(call, 1, 'alpha') ?? 0.2;
  const layer = { ...call.layer, config: { negative_slope: negativeSlope } };
  return leakyRelu({ ...call, layer, inputs: [operand(call)] });
};

const hardSigmoid: Handler = (call) =>
  active(call.origin === 'keras-3' ? 'hard_sigmoid_keras_3' : 'hard_sigmoid')(call);

/** Data types are float32 all through: what casts does nothing. */
const same: Handler = operand;

export const elementwise: readonly (readonly [name: string, handler: Handler])[] = [
  ['Absolute', unary('Abs')],
  ['Add', binary('Add')],
  ['Cast', same],
  ['Clip', clipped],
  ['Divide', binary('Div')],
  ['Elu', active('elu')],
  ['Exp', unary('Exp')],
  ['Gelu', gelu],
  ['HardSigmoid', hardSigmoid],
  ['HardSilu', active('hard_silu')],
  ['Identity', same],
  ['LeakyRelu', leaky],
  ['Log', unary('Log')],
  ['LogSoftmax', active('log_softmax')],
  ['Maximum', binary('Max')],
  ['Minimum', binary('Min')],
  ['Mish', active('mish')],
  ['Multiply', binary('Mul')],
  ['Negative', unary('Neg')],
  ['Power', binary('Pow')],
  ['Relu', active('relu')],
  ['Relu6', active('relu6')],
  ['Rsqrt', rsqrt],
  ['Selu', active('selu')],
  ['Sigmoid', active('sigmoid')],
  ['Silu', active('silu')],
  ['Softmax', active('softmax')],
  ['Softplus', active('softplus')],
  ['Softsign', active('softsign')],
  ['Sqrt', unary('Sqrt')],
  ['Square', square],
  ['StopGradient', same],
  ['Subtract', binary('Sub')],
  ['Tanh', active('tanh')],
  ['TrueDivide', binary('Div')],
];
