import { asset, dag } from 'rekindle';
import { say } from '../tasks.js';

export default dag({ id: 'consumes', schedule: asset('sales') }, (d) => d.run(say, { what: 'consumed' }));
