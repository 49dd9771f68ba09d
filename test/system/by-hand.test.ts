import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DevFile } from '../../platform/config.js';
import { tempFolder, trainerPython } from '../support/fixtures.js';
import { build, processesOf, rekindle, requireTemporal, startDev, type Dev } from './command.js';

const EXAMPLE = new URL('../../examples/electricity', import.meta.url).pathname;

/** What somebody does with nothing but the `temporal` command, while `rekindle dev` runs. */
describe('A model by hand', function () {
  this.timeout(300_000);
  let project: string;
  let dev: Dev;
  let cli: string;

  const temporal = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(cli, [...args, '--address', dev.addresses.temporal])).stdout;
  const retrain = async (asOf: string): Promise<any> => {
    const input = JSON.stringify({ model: 'electricity', asOf });
    const options = ['--type', 'retraining', '--task-queue', 'orchestration', '--input', input];
    const { result } = JSON.parse(await temporal('workflow', 'execute', ...options, '--output', 'json')) as { result: unknown };
    return result;
  };
  const served = async (): Promise<string> => {
    const input = (name: string, datatype: string, value: unknown) => ({ name, datatype, shape: [1], data: [value] });
    const numbers = ['nswdemand', 'vicprice', 'vicdemand', 'transfer', 'period'].map((name) => input(name, 'FP64', 0.4));
    const inputs = [...numbers, input('weekday', 'BYTES', '2')];
    const answer = await fetch(`${dev.addresses.gateway}/v2/models/electricity/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs }),
    });
    expect(answer.status, await answer.clone().text()).to.equal(200);
    return answer.headers.get('x-model-version')!;
  };

  before(async function () {
    await requireTemporal(this);
    trainerPython(this);
    await build();
    project = join(tempFolder(), 'electricity');
    cpSync(EXAMPLE, project, { recursive: true, filter: (path) => !path.includes('.rekindle') });
    dev = await startDev(project);
    cli = DevFile.parse(JSON.parse(readFileSync(join(project, '.rekindle/dev.json'), 'utf8'))).temporal.cli;
  });
  after(() => dev?.stop());

  it('is bootstrapped, replaced when a challenger is better, and rolled back, each by one plain command', async () => {
    const first = await retrain('1997-04-22');
    expect(first).to.deep.include({ outcome: 'promote', champion: null, generation: 1 });
    const second = await retrain('1997-05-27');
    expect(second).to.deep.include({ outcome: 'promote', generation: 2 });
    expect(second.champion.version).to.equal(first.challenger.version);
    expect(second.challenger.rocAuc)
      .to.be.greaterThan(0.84)
      .and.greaterThan(second.champion.rocAuc as number);
    for (let last = ''; last !== second.challenger.version; last = await served()) await sleep(50);

    await temporal('workflow', 'signal', '--workflow-id', 'model/electricity', '--name', 'rollback', '--input', '{"reason":"by hand"}');
    for (let last = ''; last !== first.challenger.version; last = await served()) await sleep(50);
    const { json } = await rekindle(project, 'models', 'history', 'electricity', '--json');
    expect(json.map(({ action, version }: { action: string; version: string }) => [action, version])).to.deep.equal([
      ['promote', first.challenger.version],
      ['promote', second.challenger.version],
      ['rollback', first.challenger.version],
    ]);
  });

  it('has schedules, and a doctor that asks for its trainer', async () => {
    const schedules = await temporal('schedule', 'list');
    expect(schedules).to.contain('model/electricity/monitoring').and.to.contain('model/electricity/retraining');
    const { code, json } = await rekindle(project, 'doctor', '--json');
    expect(code, JSON.stringify(json)).to.equal(0);
    expect(json.checks.map(({ name }: { name: string }) => name)).to.include('trainer');
  });

  it('is served again by a gateway that is started when the first one dies', async () => {
    const before = await served();
    const gateway = (await processesOf(project)).find((line) => line.includes('apps/gateway/main'))!;
    process.kill(Number.parseInt(gateway.trim(), 10), 'SIGKILL');
    while (!dev.said().includes('The gateway runs again')) await sleep(100);
    const again = async (): Promise<string> => served().catch(() => sleep(100).then(again));
    expect(await again()).to.equal(before);
  });

  it('leaves no process when `rekindle dev` stops', async () => {
    expect(await dev.stop()).to.equal(0);
    expect(await processesOf(project)).to.deep.equal([]);
  });
});
