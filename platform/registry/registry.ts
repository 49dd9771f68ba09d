/** Versions, pointers, the ledger and who serves what: everything the object store knows of a model. */
import type { CheckSuite } from '../../core/validation/suite.js';
import type { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import type { LedgerEntry, Pointer } from '../../core/lifecycle/pointer.js';
import type { Profile } from '../../core/profile/profile.js';
import type { Signature } from '../../core/lifecycle/signature.js';
import type { GoldenRows, Importance, VersionManifest } from '../../core/lifecycle/version.js';

export interface Commit {
  readonly model: string;
  readonly environment: string;
  readonly action: 'promote' | 'rollback';
  readonly version: string;
  readonly decisionId: string;
  readonly actor: string;
  readonly reason: string;
  readonly evidence: string | null;
  readonly asOf: string | null;
  /** generation that was judged against; null = nothing may be serving yet */
  readonly expected: number | null;
}

/** Somebody pulled the cord. */
export interface RollbackOrder {
  readonly model: string;
  readonly environment: string;
  /** what served at that moment; null = nothing did */
  readonly pulled: Pointer | null;
  /** the version to go back to; absent: the one that served before and is not quarantined */
  readonly to?: string;
  readonly decisionId: string;
  readonly actor: string;
  readonly reason: string;
}

export interface RollbackDone {
  readonly from: string;
  readonly to: string;
  /** of the pointer now */
  readonly generation: number;
}

export interface VersionFiles {
  /** local paths */
  readonly model: string;
  readonly trainingLog: string;
  readonly signature: Signature;
  readonly golden: GoldenRows;
  readonly reference: Profile;
  /** what live data must look like; without it checks are suggested from the reference */
  readonly checks?: CheckSuite | undefined;
  /** when the trainer measured it */
  readonly importance?: Importance | undefined;
}

export interface Registry {
  /** Stores a version; the manifest is written last and only once, so a version is whole or absent. Again = no-op. */
  addVersion(manifest: VersionManifest, files: VersionFiles): Promise<VersionManifest>;
  /** @throws VERSION_NOT_FOUND */
  version(model: string, version: string): Promise<VersionManifest>;
  findVersion(model: string, version: string): Promise<VersionManifest | undefined>;
  versions(model: string): Promise<VersionManifest[]>;
  signature(model: string, version: string): Promise<Signature>;
  golden(model: string, version: string): Promise<GoldenRows>;
  reference(model: string, version: string): Promise<Profile>;
  /** The suite that the version came with; undefined when it has none. @throws CHECK_SUITE_INVALID */
  suite(model: string, version: string): Promise<CheckSuite | undefined>;
  /** What the version makes of its features; undefined where its trainer did not say. */
  importance(model: string, version: string): Promise<Importance | undefined>;
  /** Downloads model.onnx and checks its hash. @throws CHECKSUM_MISMATCH */
  downloadModel(model: string, version: string, path: string): Promise<void>;
  /** Names of all models that the store knows: with a published spec, a version or a pointer. */
  models(): Promise<string[]>;

  /** What serves now, by the ledger: true also while pointer.json is one behind after a crash. */
  pointer(model: string, environment: string): Promise<Pointer | undefined>;
  /**
   * The one atomic change: creates the next ledger entry exclusively, then moves pointer.json. The same decision id again
   * finishes the second half and answers the same entry. @throws POINTER_MOVED VERSION_NOT_FOUND VERSION_QUARANTINED
   */
  commit(commit: Commit): Promise<LedgerEntry>;
  /**
   * Goes back to `to` or the previous good version, whatever is promoted meanwhile, and quarantines what it leaves. The same
   * decision id again answers the same. What somebody else undid already is not undone twice.
   * @throws NO_PREVIOUS_VERSION VERSION_NOT_FOUND VERSION_QUARANTINED
   */
  rollBack(order: RollbackOrder): Promise<RollbackDone>;
  /** newest last */
  ledger(model: string, environment: string): Promise<LedgerEntry[]>;
  quarantine(model: string, version: string, reason: string): Promise<void>;
  isQuarantined(model: string, version: string): Promise<boolean>;

  /** Gateways whose heartbeat is younger than 5 s. */
  liveGateways(environment: string): Promise<GatewayHeartbeat[]>;
  /**
   * Waits until every live gateway serves at least `generation` of the model; none live = nothing to wait for.
   * @returns the gateways that were seen serving it @throws ROLLBACK_UNVERIFIED after `timeoutMs`
   */
  waitUntilServed(
    model: string,
    environment: string,
    generation: number,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<GatewayHeartbeat[]>;
}
