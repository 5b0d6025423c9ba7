import type { Rgba } from './rgba.js';

let shared: WebGL2RenderingContext | null | undefined;

/**
 * The pixels of a bitmap with the colour under the alpha as it is: a WebGL texture keeps both apart, where a canvas
 * multiplies them.
 *
 * @returns undefined where there is no WebGL, or none for this size
 */
export function readExactly(bitmap: ImageBitmap): Rgba | undefined {
  const { width, height } = bitmap;
  // One for all pictures: a page may have only so many.
  if (shared === undefined || shared?.isContextLost()) shared = new OffscreenCanvas(1, 1).getContext('webgl2');
  const gl = shared;
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return undefined;
  const texture = gl.createTexture();
  const frame = gl.createFramebuffer();
  try {
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return undefined;
    const data = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
    return gl.getError() === gl.NO_ERROR ? { width, height, data } : undefined;
  } finally {
    gl.deleteFramebuffer(frame);
    gl.deleteTexture(texture);
  }
}
