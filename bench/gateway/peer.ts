/**
 * The floor: fastify and onnxruntime-node and nothing else. V2 JSON checked by a schema, one inference per request; no
 * signature, no versions, no prediction log, no metrics. `node peer.ts MODEL.onnx` says its port on stdout.
 */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { InferenceSession, Tensor } from 'onnxruntime-node';

interface Input {
  readonly name: string;
  readonly datatype: string;
  readonly data: unknown[];
}

const input = {
  type: 'object',
  required: ['name', 'shape', 'datatype', 'data'],
  properties: {
    name: { type: 'string' },
    shape: { type: 'array', items: { type: 'integer' } },
    datatype: { type: 'string' },
    data: { type: 'array' },
  },
};
const body = { type: 'object', required: ['inputs'], properties: { id: { type: 'string' }, inputs: { type: 'array', items: input } } };
const output = { type: 'object', properties: { ...input.properties, data: { type: 'array', items: { type: 'number' } } } };
const answer = {
  type: 'object',
  properties: { model_name: { type: 'string' }, id: { type: 'string' }, outputs: { type: 'array', items: output } },
};

const session = await InferenceSession.create(process.argv[2]!, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const app = Fastify();
app.post<{ Body: { id?: string; inputs: Input[] } }>(
  '/v2/models/:model/infer',
  { schema: { body, response: { 200: answer } } },
  async (request) => {
    const feeds: Record<string, Tensor> = {};
    for (const { name, datatype, data } of request.body.inputs) {
      const shape = [data.length, 1];
      feeds[name] =
        datatype === 'BYTES'
          ? new Tensor('string', data as string[], shape)
          : new Tensor('float32', Float32Array.from(data as number[]), shape);
    }
    const { probabilities } = await session.run(feeds, ['probabilities']);
    const data = Array.from(probabilities!.data as Float32Array);
    return {
      model_name: 'prices',
      id: request.body.id,
      outputs: [{ name: 'probabilities', shape: probabilities!.dims, datatype: 'FP32', data }],
    };
  },
);
await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
process.once('SIGTERM', () => process.exit(0));
