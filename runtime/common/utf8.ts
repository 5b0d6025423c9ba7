// In Node and in every browser, but in neither of the type sets that shared code may see.
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

export const utf8 = (text: string) => new TextEncoder().encode(text);
