import { describe, expect, it } from 'vitest';
import { applicationDifferences } from '../export/keras/applications.js';
import { skipsPython } from '../export/python.js';

/** All of `keras.applications` but the largest ConvNeXt, which is wider than the one before it and needs 5 GB. */
const names = [
  ...['ConvNeXtTiny', 'ConvNeXtSmall', 'ConvNeXtBase', 'ConvNeXtLarge', 'DenseNet121', 'DenseNet169', 'DenseNet201'],
  ...['EfficientNetB0', 'EfficientNetB1', 'EfficientNetB2', 'EfficientNetB3', 'EfficientNetB4', 'EfficientNetB5'],
  ...['EfficientNetB6', 'EfficientNetB7', 'EfficientNetV2B0', 'EfficientNetV2B1', 'EfficientNetV2B2'],
  ...['EfficientNetV2B3', 'EfficientNetV2S', 'EfficientNetV2M', 'EfficientNetV2L', 'InceptionResNetV2', 'InceptionV3'],
  ...['MobileNet', 'MobileNetV2', 'MobileNetV3Large', 'MobileNetV3Small', 'NASNetLarge', 'NASNetMobile', 'ResNet101'],
  ...['ResNet101V2', 'ResNet152', 'ResNet152V2', 'ResNet50', 'ResNet50V2', 'VGG16', 'VGG19', 'Xception'],
];

describe.skipIf(skipsPython)('a network of keras.applications predicts what it predicts in Keras', () => {
  it.each(names)('%s', async (name) => {
    const { [name]: difference } = await applicationDifferences([name]);
    console.log(`${name}: max |Δ| ${difference}`);
    expect(difference).toBeLessThan(1e-4);
  });
});
