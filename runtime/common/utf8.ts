// In Node and in every browser, but in neither of the type sets that shared code may see.
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  decode(bytes: Uint8Array): string;
}

export const utf8 = (text: string) => new TextEncoder().encode(text);

/** What is no UTF-8 becomes U+FFFD. */
export const fromUtf8 = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
