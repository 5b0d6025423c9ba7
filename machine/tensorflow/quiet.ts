import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * TensorFlow's libraries print lines about themselves while they are being loaded, before any of their settings for
 * logging is read. This addon of two functions keeps what is written to standard error in between: `begin` turns it into
 * an unnamed file, `end` turns it back and returns what came.
 */
export const quietSource = `#include <node_api.h>
#include <stdio.h>
#include <unistd.h>

static int saved = -1;
static FILE* kept = NULL;

static napi_value Begin(napi_env env, napi_callback_info info) {
  if (saved >= 0 || !(kept = tmpfile())) return NULL;
  fflush(stderr);
  saved = dup(2);
  dup2(fileno(kept), 2);
  return NULL;
}

static napi_value End(napi_env env, napi_callback_info info) {
  napi_value text;
  char buffer[16384];
  size_t length = 0;
  if (saved >= 0) {
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    saved = -1;
    rewind(kept);
    length = fread(buffer, 1, sizeof buffer, kept);
    fclose(kept);
  }
  napi_create_string_utf8(env, buffer, length, &text);
  return text;
}

NAPI_MODULE_INIT() {
  napi_value begin, end;
  napi_create_function(env, "begin", NAPI_AUTO_LENGTH, Begin, NULL, &begin);
  napi_create_function(env, "end", NAPI_AUTO_LENGTH, End, NULL, &end);
  napi_set_named_property(env, exports, "begin", begin);
  napi_set_named_property(env, exports, "end", end);
  return exports;
}
`;

const require = createRequire(import.meta.url);
const chatter =
  /^(WARNING: All log messages before absl::|I\d{4} )|cpu_feature_guard|To enable the following instructions/;

/** Loads an addon without TensorFlow's chatter; what else it printed to standard error is printed all the same. */
export function requireQuietly(addon: string, quietAddon: string): unknown {
  if (!existsSync(quietAddon)) return require(addon);
  const quiet = require(quietAddon) as { begin(): void; end(): string };
  quiet.begin();
  try {
    return require(addon);
  } finally {
    const lines = quiet.end().split('\n');
    const rest = lines.filter((line) => line && !chatter.test(line));
    if (rest.length) process.stderr.write(`${rest.join('\n')}\n`);
  }
}
