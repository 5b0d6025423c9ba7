/** A decoded image: 8 bits a channel, not premultiplied, EXIF orientation applied, row by row from the top left. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  /** `width * height * 4` bytes: red, green, blue, alpha. */
  readonly data: Uint8Array;
}
