import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DYNAMIC_CONFIG } from '../../platform/temporal/settings.js';
import { MINIO_VERSION, TEMPORAL_SERVER_AT_LEAST } from '../../scripts/setup/tools.mjs';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string | { readonly dockerfile: string; readonly target: string };
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly restart?: string;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const services = Object.entries(compose.services);
/** Those that do one thing and end. */
const jobs = services.filter(([, { restart }]) => restart?.startsWith('on-failure')).map(([name]) => name);

describe('docker-compose.yml', () => {
  it('holds the core of the real stack', () => {
    expect(Object.keys(compose.services)).to.include.members([
      ...['postgresql', 'temporal', 'temporal-ui', 'minio', 'sync'],
      ...['orchestration-worker', 'data-worker', 'training-worker', 'gateway-1', 'gateway-2'],
    ]);
  });

  for (const [name, service] of services) {
    it(`pins the version of ${name}`, () => {
      expect(service.image).to.match(/:\d[\w.-]*$/);
    });

    it(`restarts ${name} and knows whether it is well`, () => {
      if (jobs.includes(name)) expect(service.healthcheck).to.equal(undefined);
      else {
        expect(service.restart).to.equal('unless-stopped');
        expect(service.healthcheck?.test[0]).to.be.oneOf(['CMD', 'CMD-SHELL']);
      }
    });

    it(`waits, before ${name}, for servers to be well and for jobs to be done`, () => {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(compose.services).to.have.property(other);
        expect(condition).to.equal(jobs.includes(other) ? 'service_completed_successfully' : 'service_healthy');
      }
    });

    it(`opens the ports of ${name} on this machine only, and finds what it mounts`, () => {
      for (const port of service.ports ?? []) expect(port).to.match(/^127\.0\.0\.1:/);
      for (const volume of service.volumes ?? []) {
        const source = volume.replace(/^\$\{\w+:-(.*)\}/, '$1').split(':')[0]!;
        expect(source.startsWith('./') ? existsSync(join(ROOT, source)) : source in compose.volumes, volume).to.equal(true);
      }
    });

    it(`takes the secrets of ${name} from the environment, and refuses to start without them`, () => {
      for (const [key, value] of Object.entries(service.environment ?? {}))
        if (/PASSWORD|PWD|SECRET|ACCESS_KEY|ROOT_USER/.test(key)) expect(value, key).to.match(/^\$\{\w+:\?\}$/);
    });
  }

  it('names every variable that it asks for in .env.example, without a value', () => {
    const asked = new Set([...read('docker-compose.yml').matchAll(/\$\{(\w+):\?\}/g)].map(([, name]) => name));
    for (const name of asked) expect(read('.env.example')).to.match(new RegExp(`^${name}=$`, 'm'));
  });

  it('gives the Temporal server the settings that `rekindle dev` gives its own', () => {
    const settings = parse(read('deploy/temporal/dynamicconfig.yaml')) as Record<string, [{ value: number | boolean }]>;
    expect(Object.fromEntries(Object.entries(settings).map(([key, [{ value }]]) => [key, value]))).to.deep.equal(DYNAMIC_CONFIG);
    const { environment, volumes } = compose.services['temporal']!;
    expect(volumes).to.deep.equal([`./deploy/temporal/dynamicconfig.yaml:/etc/temporal/${environment!['DYNAMIC_CONFIG_FILE_PATH']}:ro`]);
  });

  it('runs the minor version of the Temporal server, and the MinIO, that the tests run against', () => {
    const minor = TEMPORAL_SERVER_AT_LEAST.split('.').slice(0, 2).join('.');
    expect(compose.services['temporal']!.image).to.match(new RegExp(`:${minor.replace('.', '\\.')}\\.\\d+$`));
    expect(compose.services['temporal-schema']!.image).to.include(`:${compose.services['temporal']!.image!.split(':')[1]}-`);
    expect(compose.services['minio']!.image).to.equal(`rekindle-minio:${MINIO_VERSION}`);
    expect(read('deploy/minio/Dockerfile')).to.include(`github.com/minio/minio@v0.0.0-${MINIO_VERSION}-`);
  });

  it('runs this version of Rekindle, from targets that the Dockerfile has', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    for (const [name, { image, build }] of services) {
      if (!/^rekindle(-training)?:/.test(image ?? '')) continue;
      expect(image!.split(':')[1], name).to.equal(version);
      if (typeof build === 'object') expect(read(build.dockerfile)).to.match(new RegExp(`^FROM .* AS ${build.target}$`, 'm'));
    }
  });

  it('lets gateways start and answer while Temporal is away', () => {
    for (const name of ['gateway-1', 'gateway-2']) expect(Object.keys(compose.services[name]!.depends_on!)).to.deep.equal(['minio']);
  });

  it('keeps what only one machine has on a volume: databases, objects, journals and training jobs', () => {
    for (const [name, path] of [
      ['postgresql', '/var/lib/postgresql/data'],
      ['minio', '/data'],
      ['training-worker', '/state'],
      ['gateway-1', '/state'],
      ['gateway-2', '/state'],
    ] as const)
      expect(compose.services[name]!.volumes!.some((volume) => volume.endsWith(`:${path}`))).to.equal(true);
  });
});
