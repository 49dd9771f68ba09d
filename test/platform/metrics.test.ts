import { expect } from 'chai';
import { createMetrics, METRICS } from '../../platform/metrics.js';

const all = Object.values(METRICS);

describe('the table of metrics', () => {
  it('names each once, with our prefix, its unit and, for counts, _total, as Prometheus asks', () => {
    expect(new Set(all.map(({ name }) => name)).size).to.equal(all.length);
    for (const { name, type, unit } of all) {
      expect(name).to.match(/^rekindle_[a-z_]+$/);
      expect(name.endsWith('_total'), name).to.equal(type === 'counter');
      if (unit === 'seconds' || unit === 'bytes') expect(name.replace(/_total$/, '').endsWith(`_${unit}`), name).to.equal(true);
    }
  });

  it('makes the named ones and no others, each process in a registry of its own', async () => {
    const metrics = createMetrics(['labels', 'storeUp']);
    metrics.labels.inc({ model: 'prices', environment: 'production' }, 3);
    metrics.storeUp.set(1);
    const text = await metrics.registry.metrics();
    expect(text).to.include('rekindle_labels_total{model="prices",environment="production"} 3');
    expect([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)).to.deep.equal(['rekindle_labels_total', 'rekindle_store_up']);
    expect(await createMetrics(['labels']).registry.metrics()).not.to.include('prices');
  });
});
