import { Connection } from '@temporalio/client';
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { minio, temporalAddress, tempFolder, timeSkippingServer, trainerPython } from '../support/fixtures.js';
import { execFileSync } from 'node:child_process';

describe('The servers that tests share', () => {
  it('hand out a Temporal server that is ready, the same to everyone', async function () {
    const [address, again] = await Promise.all([temporalAddress(this), temporalAddress(this)]);
    expect(again).to.equal(address);
    const connection = await Connection.connect({ address });
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(namespaceInfo?.name).to.equal('default');
    await connection.close();
  });

  it('hand out a MinIO server that is ready', async function () {
    const { endpoint } = await minio(this);
    expect((await fetch(`${endpoint}/minio/health/live`)).status).to.equal(200);
  });

  it('hand out a Temporal server whose clock jumps', async function () {
    const environment = await timeSkippingServer(this);
    const before = await environment.currentTimeMs();
    await environment.sleep('30 days');
    expect((await environment.currentTimeMs()) - before).to.be.at.least(30 * 86_400_000);
    await environment.teardown();
  });

  it('hand out a Python that has the trainer libraries', function () {
    const python = trainerPython(this);
    const printed = execFileSync(python, ['-c', 'import sklearn, skl2onnx; print(sklearn.__version__)'], { encoding: 'utf8' });
    expect(printed.trim()).to.equal('1.9.1');
  });

  it('hand out folders that are nobody else’s', () => {
    const [one, two] = [tempFolder(), tempFolder()];
    expect(one).to.not.equal(two);
    expect(existsSync(one)).to.equal(true);
  });
});
