/** How bright a colour is, 0..255: ITU-R BT.601 in whole numbers, as Pillow's mode `L`. */
export const luma = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
