import type { ObjectStore } from '../../core/ports.js';
import type { StoreConfig } from '../config.js';
import { FolderStore } from './folder.js';
import { S3Store } from './s3.js';

/** The store that the configuration names; folder or bucket are created when first needed. */
export const openObjectStore = (config: StoreConfig): ObjectStore =>
  config.kind === 'folder' ? new FolderStore(config.path) : new S3Store(config);
