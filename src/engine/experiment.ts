/**
 * A pruning experiment from data to report, in the order of the paper's Algorithm 1 (weight-level screening):
 *
 *   load the data; initialise the network with every weight alive
 *   for each epoch: train with the mask held, gathering F of each connection's feature; rank; keep the top k_e; zero the rest
 *   remove neurons without inputs or outputs (compaction); check that the masked and the compact network agree
 *   fine-tune the compact network with its zeros held; report
 *
 * Algorithm 2 (channel-level screening) is the same with channels for connections, F from a pass of its own, and usually one cut after the
 * training. The baselines take the same path: only the ranking and the plan of the cuts differ. Induced feature selection cuts inputs and
 * hidden neurons; its compact network reads fewer numbers of each sample, and is fine-tuned and measured on these.
 */
import { isDeepStrictEqual } from 'node:util';
import { cutsChannels, type Experiment } from '../config/schema';
import { availableMemory } from '../setup/memory';
import { BUDGET_WORDS } from '../shared/left';
import type { HistoryRow, MeasuredStage, Report, Stage } from '../shared/report';
import type { RunContext } from './context';
import { compactCounter } from './compact/counter';
import { compactOf, type Compact } from './compact/selected';
import { compareLogits } from './compact/compact';
import type { Dataset } from './data/dataset';
import { loadDataset } from './data/load';
import { decodeImage } from './kernels/images';
import { parityBroken, tooLarge } from './errors';
import { estimateMemory } from './measure/memory';
import { measureLatencies } from './measure/latency';
import { measureStage } from './measure/stage';
import { countGraph } from './nn/count';
import type { ChannelSite, Graph, WeightNode } from './nn/graph';
import { Progress } from './progress';
import { assertWithinReach } from './prune/budget';
import { amount, planTraining, weightsKept, type PlannedEpoch } from './prune/plan';
import { aliveUnits, layersToCut, unitCount, unitLayers, type Units } from './prune/units';
import { lassoText, writeLasso } from './report/lasso';
import { writeReport } from './report/write';
import { startingNetwork, type Start } from './start';
import { RunState, type Snapshot } from './state';
import { planFineTuning } from './train/fineTune';
import type { NetworkValues } from './nn/values';
import type { LassoCut } from './train/lassoRanking';
import { redrawn } from './train/initial';
import { InputPruner } from './train/inputPruner';
import { makePruner, networkOf } from './train/makePruner';
import { Network } from './train/network';
import { runPhase } from './train/phase';
import type { Pruner } from './train/pruner';
import { disposeSplits, toSplits, type Splits } from './train/splits';

const PARITY_SAMPLES = 1000;

/** @throws PruneError of the rooms below; what `signal` was aborted with, after a checkpoint was written. */
export async function runExperiment(context: RunContext): Promise<Report> {
  const { experiment } = context;
  const state = new RunState(context.runDir, context.configHash, context.checkpoint);
  await state.beginMetrics();
  const dataset = await state.timed('load', () =>
    loadDataset(experiment.data, { experimentDir: context.experimentDir, signal: context.signal, decode: decodeImage }),
  );
  context.emit({ type: 'stage', name: 'load', detail: dataset.note });
  const start = await startingNetwork(experiment, dataset, context.experimentDir);
  assertFits(experiment, dataset, start);
  const run = new ExperimentRun(context, state, dataset, start);
  try {
    const { fineTune } = experiment;
    if (experiment.prune.method === 'none') {
      await state.timed('train', () => run.trainDense('train'));
      return await run.report(null, null);
    }
    if (experiment.measure.dense === 'twin' && !state.isPast('twin')) await state.timed('twin', () => run.trainDense('twin'));
    state.maskedValues ??= await state.timed('train', () => run.trainAndPrune());
    const compact = run.compact(state.maskedValues);
    const parity = await state.timed('compact', () => run.measureMaskedAndCompact(state.maskedValues!, compact));
    if (fineTune) compact.values = await state.timed('fine-tune', () => run.fineTune(fineTune, compact));
    return await run.report(compact, parity);
  } catch (error) {
    // A checkpoint that cannot be written is the news only where the run would have gone on from it.
    await state.saveCheckpoint().catch((cause: unknown) => {
      if (context.signal.aborted) throw cause;
    });
    throw error;
  } finally {
    run.dispose();
  }
}

/** @throws engine/too-large for a run that would most likely be stopped by the system, hours later */
function assertFits(experiment: Experiment, dataset: Dataset, { graph, inputs }: Start): void {
  const needed = estimateMemory({ experiment, graph, dataset, inputs }).total;
  const available = availableMemory();
  if (needed > available) throw tooLarge(needed, available);
}

/** The steps of one run, over what they share: the samples, the declared network, the plan of epochs and cuts. */
class ExperimentRun {
  readonly graph: Graph;
  /** What is cut: layers of weights, or of channels, or the input. */
  private readonly pruned: Units[];
  private readonly plan: PlannedEpoch[];
  private readonly progress: Progress;
  /** As the network reads them that the run begins with; and the compact one, where it reads less. */
  private readonly samples: Splits;
  private fewer: Splits | null = null;
  private readonly experiment: Experiment;
  private denseValues: NetworkValues | null = null;

  constructor(
    private readonly context: RunContext,
    private readonly state: RunState,
    private readonly dataset: Dataset,
    private readonly start: Start,
  ) {
    const { experiment } = context;
    this.experiment = experiment;
    this.graph = start.graph;
    this.pruned = layersToCut(experiment, this.graph);
    this.plan = planTraining(experiment, {
      names: this.pruned.map((l) => l.name),
      totals: this.pruned.map((layer) => unitCount([layer])),
      whole: countGraph(this.graph),
    });
    this.assertWithinReach();
    this.samples = toSplits(dataset, this.graph, start.inputs);
    this.progress = new Progress(context.emit, this.epochsLeft());
  }

  dispose(): void {
    disposeSplits(this.samples);
    if (this.fewer) disposeSplits(this.fewer);
  }

  /** Trains without pruning: the whole run of a baseline, or the dense twin that the pruned network is compared with. */
  async trainDense(phase: 'twin' | 'train'): Promise<void> {
    const { epochs } = this.experiment.train;
    const plan = this.plan.slice(0, epochs).map((planned) => ({ ...planned, keep: 1 }));
    this.progress.stage(phase, 'training without pruning');
    const network = this.startPhase(phase, this.graph, this.start.values);
    await this.runEpochs(phase, () => network, plan, { snapshot: network, isFinal: () => phase === 'train', kept: () => this.allUnits() });
    const how = epochs === 0 ? 'the saved network as it is' : 'trained without pruning';
    this.measure('dense', phase === 'twin' && epochs > 0 ? `${how}, same recipe and seed` : how, plan.length, network);
    this.denseValues = network.values();
    network.dispose();
  }

  /** Algorithms 1 and 2: trains and cuts by the plan. Returns the masked network. */
  async trainAndPrune(): Promise<NetworkValues> {
    const { experiment, plan, state } = this;
    this.progress.stage('train', `training and pruning to ${this.targetText()}`);
    const pruner = this.makePruner();
    pruner.restore(state.resumedIn('train')?.statistics ?? new Map<string, Float64Array>());
    state.rebuilds = pruner.rebuilds;
    const final = amount(plan.at(-1)!.target);
    const unpruned = this.allUnits() - this.prunedUnits();
    const cut = async (planned: PlannedEpoch) => {
      const isFirst = pruner.kept === this.prunedUnits() && pruner.willCut(planned) && !state.stages.some(({ name }) => name === 'dense');
      if (isFirst && experiment.measure.dense === 'first-cut') {
        const when =
          planned.epoch === 0 ? 'the saved network' : `this network before its first cut, after epoch ${planned.epoch} of ${plan.length}`;
        this.measure('dense', when, planned.epoch, pruner.network);
      }
      const { lasso } = pruner;
      await pruner.cut(planned);
      state.rebuilds = pruner.rebuilds;
      if (pruner.floors.length > 0) state.floors = pruner.floors;
      state.sampling = pruner.sampling ?? state.sampling;
      if (pruner.lasso && pruner.lasso !== lasso) await this.keepLasso(pruner.lasso);
    };
    if (experiment.train.epochs === 0) await cut(plan[0]!);
    else {
      await this.runEpochs('train', () => pruner.network, plan, {
        snapshot: pruner,
        isFinal: pruner instanceof InputPruner ? pruner.isFinal : (planned) => amount(planned.target) === final,
        kept: () => pruner.kept + unpruned,
        observer: (planned) => pruner.observer(planned),
        cut,
        statistics: () => pruner.saved(),
      });
    }
    const best = experiment.fineTune ? null : this.selected();
    const values = best?.values ?? pruner.values();
    pruner.network.dispose();
    this.measureValues('masked', `masked to ${this.targetText()}`, best?.epoch ?? experiment.train.epochs, this.graph, values);
    return values;
  }

  /** The masked network without what it does not need; of a run that selects inputs, without those that nothing reads. */
  compact(masked: NetworkValues): Compact {
    const { method } = this.experiment.prune;
    const compact = compactOf(this.graph, masked, { dropInputs: method === 'induced', shape: this.dataset.image, read: this.start.inputs });
    if (method === 'induced') this.fewer = toSplits(this.dataset, compact.graph, compact.selected);
    return compact;
  }

  /** Measures the compact network and checks that it gives the masked one's logits. */
  async measureMaskedAndCompact(masked: NetworkValues, compact: Compact): Promise<NonNullable<Report['parity']>> {
    this.progress.stage('compact', 'removing neurons and channels that nothing feeds or reads');
    const [full, narrow] = [new Network(this.graph, masked), new Network(compact.graph, compact.values)];
    const { test } = this.fewer ?? this.samples;
    const parity = compareLogits(full, narrow, this.samples.test, PARITY_SAMPLES, test);
    if (!(parity.maxAbsDiff <= parity.tolerance)) throw parityBroken(parity.maxAbsDiff, parity.tolerance);
    const without = this.fewer ? 'dead neurons and the inputs that nothing reads' : this.cutsChannels ? 'dead channels' : 'dead neurons';
    this.measure('compact', `the masked network without its ${without}`, null, narrow, test);
    full.dispose();
    narrow.dispose();
    return Promise.resolve(parity);
  }

  /** Trains the compact network on with its zeros held. Returns its parameters. */
  async fineTune(options: NonNullable<Experiment['fineTune']>, compact: Compact): Promise<NetworkValues> {
    const plan = planFineTuning(options, this.plan.at(-1)!);
    this.progress.stage('fine-tune', `fine-tuning for ${options.epochs} epochs`);
    const { prune, seed } = this.experiment;
    const anew = prune.method === 'induced' && prune.restart === 'reinitialise';
    const network = this.startPhase('fine-tune', compact.graph, anew ? redrawn(compact, seed) : compact.values);
    const kept = this.fewer
      ? compact.selected!.kept.length
      : aliveUnits(this.pruned as (WeightNode | ChannelSite)[], this.state.maskedValues!) + this.allUnits() - this.prunedUnits();
    const hooks = { snapshot: network, isFinal: () => true, kept: () => kept };
    await this.runEpochs('fine-tune', () => network, plan, hooks, options, this.fewer ?? this.samples);
    const best = this.selected();
    const values = best?.values ?? network.values();
    network.dispose();
    const note = anew ? 'the compact network, trained from new weights' : 'the compact network after fine-tuning';
    this.measureValues('fine-tuned', note, best?.epoch ?? null, compact.graph, values, this.fewer?.test);
    return values;
  }

  async report(compact: Compact | null, parity: Report['parity'] | null): Promise<Report> {
    const { context, state, dataset, graph, pruned, start } = this;
    const masked = state.maskedValues ?? this.denseValues!;
    const stages = await state.timed('measure', () => this.measureTimes(masked, compact));
    this.progress.stage('report', 'writing the report and the models');
    const results = { dataset, graph, pruned, masked, read: start.inputs, compact: compact ?? this.compact(masked), stages, parity };
    return writeReport(context, state, results);
  }

  /** All stages with their times. The masked network computes what the dense one does, and the compact one after fine-tuning what it did before. */
  private async measureTimes(masked: NetworkValues, compact: Compact | null): Promise<Stage[]> {
    const { graph, samples, fewer, experiment, context, state } = this;
    this.progress.stage('measure', 'measuring forward passes');
    const networks = [{ graph, values: masked, samples: samples.test }];
    // Where no neuron or channel died, it is the same network.
    if (compact && !isDeepStrictEqual(compact.graph, graph)) networks.push({ ...compact, samples: (fewer ?? samples).test });
    const [whole, narrow = whole] = await measureLatencies(networks, experiment.measure.latency, context);
    const isWhole = ({ name }: MeasuredStage) => name === 'dense' || name === 'masked';
    return state.stages.map((stage) => ({ ...stage, latencyMs: isWhole(stage) ? whole! : narrow! }));
  }

  private makePruner(): Pruner {
    const { experiment, dataset, start, state, plan, pruned, context, samples } = this;
    const resumed = state.resumedIn('train');
    return makePruner({ experiment, dataset, start, resumed, plan, pruned, train: samples.train, signal: context.signal });
  }

  private startPhase(phase: HistoryRow['phase'], graph: Graph, values: NetworkValues): Network {
    return networkOf({ graph, values }, this.state.resumedIn(phase));
  }

  private runEpochs(
    phase: HistoryRow['phase'],
    network: () => Network,
    plan: readonly PlannedEpoch[],
    hooks: {
      /** What a checkpoint holds. */
      snapshot: Snapshot;
      isFinal: (planned: PlannedEpoch) => boolean;
      kept: () => number;
      observer?: Parameters<typeof runPhase>[0]['observer'];
      cut?: (planned: PlannedEpoch) => Promise<void>;
      statistics?: () => Map<string, Float64Array>;
    },
    sgd: Pick<Experiment['train'], 'momentum' | 'nesterov' | 'weightDecay'> = this.experiment.train,
    samples = this.samples,
  ): Promise<void> {
    const { state, experiment } = this;
    const { prune } = experiment;
    return runPhase({
      ...hooks,
      phase,
      network,
      plan,
      done: state.epochsDone(phase, plan.length),
      ...samples,
      sgd,
      gammaPenalty: phase === 'train' && prune.method === 'slimming' ? prune.penalty : 0,
      augment: this.dataset.augment !== 'none',
      batch: experiment.train.batch,
      seed: experiment.seed,
      signal: this.context.signal,
      progress: this.progress,
      afterEpoch: async (row) => {
        this.keepBest(row, hooks.snapshot);
        await state.epochDone(row, hooks.snapshot, hooks.statistics?.() ?? new Map<string, Float64Array>());
      },
    });
  }

  /** Remembers the weights of the lowest validation error at the final sparsity, in the last phase, if the experiment wants them. */
  private keepBest(row: HistoryRow, network: Snapshot): void {
    const lastPhase = this.experiment.fineTune && this.experiment.prune.method !== 'none' ? 'fine-tune' : 'train';
    if (this.experiment.measure.select !== 'best-validation' || row.phase !== lastPhase || row.testError === null) return;
    if (this.state.best && this.state.best.validationError <= row.validationError!) return;
    this.state.best = { epoch: row.epoch, validationError: row.validationError! };
    this.state.bestValues = network.values();
  }

  /** The selected epoch and its weights, or null where the last one is used. */
  private selected(): { epoch: number; values: NetworkValues } | null {
    const { best, bestValues } = this.state;
    return best && bestValues && { epoch: best.epoch, values: bestValues };
  }

  private measure(
    name: Parameters<typeof measureStage>[0],
    note: string,
    epoch: number | null,
    network: Network,
    test = this.samples.test,
  ): void {
    this.state.addStage(measureStage(name, note, epoch, network, test));
  }

  private measureValues(
    name: Parameters<typeof measureStage>[0],
    note: string,
    epoch: number | null,
    graph: Graph,
    values: NetworkValues,
    test = this.samples.test,
  ): void {
    const network = new Network(graph, values);
    this.measure(name, note, epoch, network, test);
    network.dispose();
  }

  private async keepLasso(cut: LassoCut): Promise<void> {
    this.state.lasso = await writeLasso(this.context.runDir, cut, this.dataset.classNames);
    this.progress.stage('prune', lassoText(this.state.lasso));
  }

  private assertWithinReach(): void {
    const { target } = this.plan.at(-1)!;
    const { prune } = this.experiment;
    if (target.over !== 'cost' || !cutsChannels(prune)) return;
    const sites = this.pruned as ChannelSite[];
    assertWithinReach(sites, prune.floors.layer, target, compactCounter(this.graph, this.start.values, sites));
  }

  private get unit(): string {
    if (this.experiment.prune.method === 'induced') return 'inputs';
    return this.cutsChannels ? 'channels' : 'weights';
  }
  private get cutsChannels(): boolean {
    return cutsChannels(this.experiment.prune);
  }
  private allUnits = () => unitCount(unitLayers(this.experiment, this.graph));
  private prunedUnits = () => unitCount(this.pruned);
  private targetText(): string {
    const { target } = this.plan.at(-1)!;
    const number = (n: number) => n.toLocaleString('en');
    if (target.over === 'cost') return `at most ${number(target.keep)} of ${number(target.whole)} ${BUDGET_WORDS[target.of]}`;
    return `${number(weightsKept(target))} of ${number(this.prunedUnits())} ${this.unit}`;
  }

  private epochsLeft(): number {
    const { experiment, state, plan } = this;
    const prunes = experiment.prune.method !== 'none';
    const twin = prunes && experiment.measure.dense === 'twin' ? experiment.train.epochs : 0;
    const train = experiment.train.epochs === 0 ? 0 : plan.length;
    const fineTune = prunes ? (experiment.fineTune?.epochs ?? 0) : 0;
    return (
      twin + train + fineTune - state.epochsDone('twin', twin) - state.epochsDone('train', train) - state.epochsDone('fine-tune', fineTune)
    );
  }
}
