import type { InputSpec } from '../../runtime/model/index.js';
import { byId } from '../dom.js';

/** The pixels that the model really gets, each one to be seen. */
export function showSeen(fitted: Uint8Array | undefined, { width, height, channels }: InputSpec): void {
  byId('seen').hidden = !fitted;
  if (!fitted) return;
  const canvas = byId<HTMLCanvasElement>('seen-pixels');
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = fitted[i * channels + (channels === 3 ? c : 0)]!;
    image.data[i * 4 + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  byId('seen-size').textContent = `${width} × ${height}${channels === 1 ? ' gray' : ''}`;
}
