import type { z } from 'zod';

/** What is sent under a media type: a schema, text, bytes, or a form whose files have this field. */
export type Content = z.ZodType | 'text' | 'bytes' | { readonly files: string };

export interface Parameter {
  readonly schema: z.ZodType;
  readonly meaning: string;
}

export interface Said {
  readonly meaning: string;
  /** Headers that come with it, besides those of every answer. */
  readonly headers?: { readonly [name: string]: Parameter };
  /** By media type; left out where nothing comes. */
  readonly content?: { readonly [mediaType: string]: Content };
}

/** What a route does, for people and for generators of clients. */
export interface Operation {
  readonly id: string;
  readonly group: 'classify' | 'Open Inference Protocol' | 'operations' | 'page';
  readonly summary: string;
  /** More sentences, where one does not do. */
  readonly more?: string;
  readonly query?: { readonly [name: string]: Parameter };
  readonly headers?: { readonly [name: string]: Parameter };
  readonly body?: Said & { readonly required: boolean };
  /** Of 200. */
  readonly answer: Said;
  /** Further successes and redirections. */
  readonly others?: { readonly [status: number]: Said };
  /** Errors besides those that every route may answer (401, 429, 500). */
  readonly errors?: readonly number[];
}
