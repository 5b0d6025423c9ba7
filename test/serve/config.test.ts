import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { configSchema, flagOf, readConfig, resolveSettings, settingNames, settings, settingsTable } from 'onward/serve';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastLine, onward, start } from '../cli/onward.js';
import { modelOf } from '../runtime/engines/models.js';
import { lookup } from './models.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function written(content: unknown) {
  const path = join(folder, `${files++}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('the settings of serve', () => {
  test('flags go before the environment, that before the file, that before the defaults', () => {
    const { values, sources } = resolveSettings({
      flags: { port: 1 },
      env: { PORT: '2', HOST: 'b', MODEL_CONTROL: 'false', WORKERS: '' },
      file: { port: 3, host: 'c', grace: 4, modelControl: true, workers: 5 },
    });
    expect(values).toMatchObject({ port: 1, host: 'b', grace: 4, modelControl: false, workers: 5, maxQueue: 128 });
    expect(sources).toMatchObject({ port: 'flag', host: 'environment', grace: 'file', maxQueue: 'default' });
    expect(Object.keys(values)).toEqual(settingNames);
  });

  test.each([
    ['PORT', '70000', /^the environment variable PORT: expected a whole number from 0 to 65535, got 70000$/],
    ['PORT', 'http', /got "http"/],
    ['MODEL_CONTROL', 'maybe', /MODEL_CONTROL: expected true or false, got "maybe"/],
    ['ENGINE', 'ort-cup', /expected one of .*, got "ort-cup"; did you mean ort-cpu\?/],
    ['TIMEOUT', '0', /TIMEOUT: expected a number above 0, got 0/],
    ['CUDA_DEVICES', 'cuda', /expected whole numbers from 0 up, for example 0 or 0,1, got "cuda"/],
    ['MAX_BODY', '5 apples', /MAX_BODY: expected bytes, for example .*got "5 apples"/],
  ])('%s=%s is refused', (name, value, message) => {
    expect(() => resolveSettings({ flags: {}, env: { [name]: value }, file: {} })).toThrow(message);
  });

  test.each([
    [{ env: { CUDA_DEVICES: '0, 1' }, file: {} }, [0, 1]],
    [{ env: { CUDA_DEVICES: '2' }, file: {} }, [2]],
  ])('%j are the devices %j', (given, devices) => {
    expect(resolveSettings({ flags: {}, ...given }).values.device).toEqual(devices);
  });

  test.each([
    [3, [3]],
    ['0,1', [0, 1]],
    [
      [1, 0],
      [1, 0],
    ],
  ])('the devices %j of a file are %j', async (device, devices) => {
    expect(await readConfig(await written({ device }))).toEqual({ device: devices });
    expect(new Ajv2020().validate(configSchema(), { device })).toBe(true);
  });

  test('a file may hold all of them; its paths are its own', async () => {
    const path = await written({
      $schema: 'x',
      model: 'm.onnx',
      apiKeys: '/etc/keys',
      maxBody: '2MB',
      logRequests: true,
    });
    expect(await readConfig(path)).toEqual({
      ...{ model: join(folder, 'm.onnx'), apiKeys: '/etc/keys', maxBody: 2_000_000, logRequests: true },
    });
  });

  const broken: [string, unknown, RegExp, boolean][] = [
    ['an unknown key', { maxQuue: 1 }, /: unknown setting "maxQuue": did you mean maxQueue\?/, true],
    ['a flag for a key', { 'max-queue': 1 }, /unknown setting "max-queue": did you mean maxQueue/, true],
    [
      'a value that cannot be',
      { port: '8080' },
      /: "port": expected a whole number from 0 to 65535, got "8080"$/,
      true,
    ],
    ['a word for a flag', { modelControl: 'yes' }, /: "modelControl": expected true or false, got "yes"$/, true],
    ['nothing for a value', { host: '' }, /: "host": expected a text, got ""$/, true],
    ['null', { workers: null }, /: "workers": expected a whole number from 1 up, got null$/, true],
    ['a name that is none of those', { tune: 'of' }, /expected one of auto, off, got "of"; did you mean off\?/, true],
    ['a list', [], /expected settings as a JSON object/, true],
    ['no JSON', '{"port": 1,}', /expected settings as JSON, but they cannot be read/, false],
  ];
  test.each(broken)(
    'a file with %s is refused by file and key, and by its schema',
    async (_, content, message, isJson) => {
      const path = await written(content);
      await expect(readConfig(path)).rejects.toThrow(message);
      await expect(readConfig(path)).rejects.toThrow(path);
      if (isJson) expect(new Ajv2020().validate(configSchema(), content)).toBe(false);
    },
  );

  test('the schema for editors takes what the file may hold', () => {
    const validate = new Ajv2020().compile(configSchema());
    for (const content of [
      {},
      { $schema: './onward.schema.json', port: 0 },
      { maxBody: '2MB', tune: 'off', timeout: 0.5, modelControl: true },
      Object.fromEntries(
        settingNames.flatMap((name) =>
          settings[name].fallback !== undefined ? [[name, settings[name].fallback]] : [],
        ),
      ),
    ]) {
      expect([content, validate(content), validate.errors]).toEqual([content, true, null]);
    }
  });

  test('a description of a classifier may stand there itself, in place of its path', async () => {
    const classifier = '{"labels": ["a", "b"]}';
    expect(await readConfig(await written({ classifier }))).toEqual({ classifier });
  });

  test('a file that is not there is said', async () => {
    await expect(readConfig(join(folder, 'none.json'))).rejects.toThrow(/none\.json: expected a file with settings/);
  });

  test('all stand in the help and in the documentation, which is of the same list', async () => {
    const docs = await readFile(fileURLToPath(new URL('../../docs/serving.md', import.meta.url)), 'utf8');
    expect(docs, 'run node scripts/serve-settings.mjs').toContain(settingsTable());
    const { stdout } = await onward(['serve', '--help']);
    const help = stdout.replace(/\s+/g, ' ');
    for (const name of settingNames) {
      if (name !== 'model') expect(help).toContain(`${flagOf(name)} `);
    }
    const variables = settingNames.map((name) => settings[name].env);
    expect(new Set(variables).size).toBe(variables.length);
  });
});

describe('onward serve', () => {
  test('prints what is in force, and takes that again', async () => {
    const config = await written({ port: 1, host: '0.0.0.0', maxQueue: 9 });
    const env = { ONWARD_CONFIG: config, MAX_QUEUE: '7' };
    const { code, stdout, stderr } = await onward(['serve', 'm.onnx', '--port', '0', '--print-config'], { env });
    expect(code).toBe(0);
    const printed = JSON.parse(stdout);
    expect(printed).toMatchObject({
      model: resolve('m.onnx'),
      port: 0,
      host: '0.0.0.0',
      maxQueue: 7,
      engine: 'ort-cpu',
    });
    expect(stderr).toMatch(/^port +0 +flag$/m);
    expect(stderr).toMatch(/^maxQueue +7 +environment$/m);
    expect(stderr).toMatch(/^host +0\.0\.0\.0 +file$/m);
    expect(stderr).toMatch(/^engine +ort-cpu +default$/m);
    const again = await onward(['serve', '--config', await written(stdout), '--print-config']);
    expect(JSON.parse(again.stdout)).toEqual(printed);
  });

  test('prints paths as they are from everywhere, whoever said them', async () => {
    const config = await written({ apiKeys: 'keys.txt', classifier: '{"labels": ["a"]}' });
    const args = ['serve', 'm.onnx', '--config', basename(config), '--print-config'];
    const { stdout } = await onward(args, { cwd: folder, env: { QUOTA_FILE: '../used.json' } });
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ model: join(folder, 'm.onnx'), apiKeys: join(folder, 'keys.txt'), classifier: '{"labels": ["a"]}' },
      quotaFile: join(folder, '..', 'used.json'),
    });
  });

  test('says what can be asked: images, or tensors alone', async () => {
    const root = join(folder, 'served');
    await mkdir(root);
    await writeFile(join(root, 'table.onnx'), lookup().bytes);
    const first = async (path: string) => {
      const { child, done, printed } = start(['serve', path, '--port', '0', '--tune', 'off', '--workers', '1']);
      const said = await printed(/Ctrl-C/);
      child.kill('SIGTERM');
      await done;
      return said;
    };
    expect(await first(join(root, 'table.onnx'))).toMatch(
      /\(POST tensors to http:\S+:\d+\/v2\/models\/table\/infer; Ctrl-C/,
    );
    await writeFile(join(root, 'animals.onnx'), modelOf().bytes);
    expect(await first(root)).toMatch(/\(POST an image to http:\S+\/classify\/<model>; Ctrl-C/);
  });

  test('refuses a mistake in one line', async () => {
    const config = await written({ hosts: 1 });
    const wrong = await onward(['serve', 'm.onnx', '--config', config]);
    expect([wrong.code, wrong.stdout, wrong.stderr.trim().split('\n').length]).toEqual([2, '', 1]);
    expect(lastLine(wrong)).toBe(
      `onward: ${config}: unknown setting "hosts": did you mean host? Known: ${settingNames.join(', ')}`,
    );
    const flag = await onward(['serve', 'm.onnx', '--max-queue', 'x']);
    expect([flag.code, lastLine(flag)]).toEqual([
      2,
      expect.stringMatching(/--max-queue.*Expected a whole number from 1 up, got "x"/),
    ]);
    const none = await onward(['serve']);
    expect([none.code, lastLine(none)]).toEqual([2, expect.stringMatching(/expected a model\.onnx/)]);
  });
});
