/**
 * A pruning experiment from data to report, in the order of the paper's Algorithm 1 (weight-level screening):
 *
 *   load the data; initialise the network with every weight alive
 *   for each epoch: train with the mask held, gathering F of each connection's feature; rank; keep the top k_e; zero the rest
 *   remove neurons without inputs or outputs (compaction); check that the masked and the compact network agree
 *   fine-tune the compact network with its zeros held; report
 *
 * Algorithm 2 (channel-level screening) is the same with channels for connections, F from a pass of its own, and usually one cut after the
 * training. The baselines take the same path: only the ranking and the plan of the cuts differ.
 */
import { cutsChannels, type Experiment } from '../config/schema';
import type { HistoryRow, Report } from '../shared/report';
import type { RunContext } from './context';
import { compactNetwork, compareLogits, type Compact } from './compact/compact';
import type { Dataset } from './data/dataset';
import { loadDataset } from './data/load';
import { decodeImage } from './kernels/images';
import { parityBroken } from './errors';
import { measureStage } from './measure/stage';
import { prunableLayers, type ChannelSite, type Graph, type WeightNode } from './nn/graph';
import { Progress } from './progress';
import { planTraining, weightsKept, type PlannedEpoch } from './prune/plan';
import { layersToCut, unitCount, unitLayers } from './prune/units';
import { writeReport } from './report/write';
import { pixelStatistics } from './screening/pixels';
import { startingNetwork } from './start';
import { RunState, type Snapshot } from './state';
import { planFineTuning } from './train/fineTune';
import type { NetworkValues } from './nn/values';
import { ChannelPruner } from './train/channelPruner';
import { Network } from './train/network';
import { runPhase } from './train/phase';
import type { Pruner } from './train/pruner';
import { toSamples, type Samples } from './train/samples';
import { WeightPruner } from './train/weightPruner';

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
  const run = new ExperimentRun(context, state, dataset, start);
  try {
    const { fineTune } = experiment;
    if (experiment.prune.method === 'none') {
      await state.timed('train', () => run.trainDense('train'));
      return await run.report(null, null);
    }
    if (experiment.measure.dense === 'twin' && !state.isPast('twin')) await state.timed('twin', () => run.trainDense('twin'));
    state.maskedValues ??= await state.timed('train', () => run.trainAndPrune());
    const compact = compactNetwork(run.graph, state.maskedValues);
    const parity = await state.timed('compact', () => run.measureMaskedAndCompact(state.maskedValues!, compact));
    if (fineTune) compact.values = await state.timed('fine-tune', () => run.fineTune(fineTune, compact));
    return await run.report(compact, parity);
  } catch (error) {
    await state.saveCheckpoint();
    throw error;
  } finally {
    run.dispose();
  }
}

/** The steps of one run, over what they share: the samples, the declared network, the plan of epochs and cuts. */
class ExperimentRun {
  readonly graph: Graph;
  /** The layers that are cut: of weights, or of channels. */
  private readonly pruned: (WeightNode | ChannelSite)[];
  private readonly plan: PlannedEpoch[];
  private readonly progress: Progress;
  private readonly train: Samples;
  private readonly validation: Samples;
  private readonly test: Samples;
  private readonly experiment: Experiment;
  private denseValues: NetworkValues | null = null;

  constructor(
    private readonly context: RunContext,
    private readonly state: RunState,
    private readonly dataset: Dataset,
    private readonly start: { graph: Graph; values: NetworkValues },
  ) {
    const { experiment } = context;
    this.experiment = experiment;
    this.graph = start.graph;
    this.pruned = layersToCut(experiment, this.graph);
    this.plan = planTraining(
      experiment,
      this.pruned.map((l) => l.name),
      this.pruned.map((layer) => unitCount([layer])),
    );
    const [input] = this.graph.nodes;
    if (input?.op !== 'input') throw new Error('a graph begins with its input');
    this.train = toSamples(dataset.train, dataset, input);
    this.validation = toSamples(dataset.validation, dataset, input);
    this.test = toSamples(dataset.test, dataset, input);
    this.progress = new Progress(context.emit, this.epochsLeft());
  }

  dispose(): void {
    [this.train, this.validation, this.test].forEach((samples) => void samples.dispose());
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
    const final = weightsKept(plan.at(-1)!.target);
    const unpruned = this.allUnits() - this.prunedUnits();
    const cut = async (planned: PlannedEpoch) => {
      const isFirst = pruner.kept === this.prunedUnits() && weightsKept(planned.target) < pruner.kept;
      if (isFirst && experiment.measure.dense === 'first-cut') {
        const when =
          planned.epoch === 0 ? 'the saved network' : `this network before its first cut, after epoch ${planned.epoch} of ${plan.length}`;
        this.measure('dense', when, planned.epoch, pruner.network);
      }
      await pruner.cut(planned);
      if (pruner.floors.length > 0) state.floors = pruner.floors;
      state.sampling = pruner.sampling ?? state.sampling;
    };
    if (experiment.train.epochs === 0) await cut(plan[0]!);
    else {
      await this.runEpochs('train', () => pruner.network, plan, {
        snapshot: pruner,
        isFinal: (planned) => weightsKept(planned.target) === final,
        kept: () => pruner.kept + unpruned,
        onForward: (planned) => pruner.observer(planned),
        cut,
        statistics: () => pruner.saved(),
      });
    }
    state.rebuilds = pruner.rebuilds;
    const best = experiment.fineTune ? null : this.selected();
    const values = best?.values ?? pruner.values();
    pruner.network.dispose();
    this.measureValues('masked', `masked to ${this.targetText()}`, best?.epoch ?? experiment.train.epochs, this.graph, values);
    return values;
  }

  /** Measures the compact network and checks that it gives the masked one's logits. */
  async measureMaskedAndCompact(masked: NetworkValues, compact: Compact): Promise<NonNullable<Report['parity']>> {
    this.progress.stage('compact', 'removing neurons and channels that nothing feeds or reads');
    const [full, narrow] = [new Network(this.graph, masked), new Network(compact.graph, compact.values)];
    const parity = compareLogits(full, narrow, this.test, PARITY_SAMPLES);
    if (!(parity.maxAbsDiff <= parity.tolerance)) throw parityBroken(parity.maxAbsDiff, parity.tolerance);
    this.measure(
      'compact',
      this.cutsChannels ? 'the masked network without its dead channels' : 'the masked network without its dead neurons',
      null,
      narrow,
    );
    full.dispose();
    narrow.dispose();
    return Promise.resolve(parity);
  }

  /** Trains the compact network on with its zeros held. Returns its parameters. */
  async fineTune(options: NonNullable<Experiment['fineTune']>, compact: Compact): Promise<NetworkValues> {
    const plan = planFineTuning(options, this.plan.at(-1)!);
    this.progress.stage('fine-tune', `fine-tuning for ${options.epochs} epochs`);
    const network = this.startPhase('fine-tune', compact.graph, compact.values);
    const kept = weightsKept(this.plan.at(-1)!.target) + this.allUnits() - this.prunedUnits();
    const hooks = { snapshot: network, isFinal: () => true, kept: () => kept };
    await this.runEpochs('fine-tune', () => network, plan, hooks, options);
    const best = this.selected();
    const values = best?.values ?? network.values();
    network.dispose();
    this.measureValues('fine-tuned', 'the compact network after fine-tuning', best?.epoch ?? null, compact.graph, values);
    return values;
  }

  report(compact: Compact | null, parity: Report['parity'] | null): Promise<Report> {
    const { context, state, dataset, graph, pruned } = this;
    this.progress.stage('report', 'writing the report and the models');
    const masked = state.maskedValues ?? this.denseValues!;
    return writeReport(context, state, { dataset, graph, pruned, masked, compact: compact ?? compactNetwork(graph, masked), parity });
  }

  private makePruner(): Pruner {
    const { experiment, dataset, graph, plan, train, state } = this;
    const { prune, seed } = experiment;
    if (prune.method === 'none') throw new Error('nothing to prune');
    const { batch } = experiment.train;
    const shared = { plan, seed, classes: dataset.classes, train, batch };
    if (cutsChannels(prune)) {
      const resumed = state.resumedIn('train');
      return new ChannelPruner({
        ...shared,
        prune,
        graph,
        values: resumed?.values ?? this.start.values,
        velocities: resumed?.velocities ?? null,
        sites: this.pruned as ChannelSite[],
        // A network that is not trained after its only cut need not be rebuilt before it is compacted.
        shrink: prune.shrink && prune.schedule.name !== 'one-shot',
        signal: this.context.signal,
      });
    }
    return new WeightPruner({
      ...shared,
      prune,
      network: this.startPhase('train', graph, this.start.values),
      layers: this.pruned as WeightNode[],
      outputLayer: prunableLayers(graph).at(-1)!.name,
      pixels: () => pixelStatistics(dataset.train, dataset.classes),
    });
  }

  private startPhase(phase: HistoryRow['phase'], graph: Graph, values: NetworkValues): Network {
    const resumed = this.state.resumedIn(phase);
    const network = new Network(graph, resumed?.values ?? values);
    if (resumed) network.setVelocities(resumed.velocities);
    return network;
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
      onForward?: Parameters<typeof runPhase>[0]['onForward'];
      cut?: (planned: PlannedEpoch) => Promise<void>;
      statistics?: () => Map<string, Float64Array>;
    },
    sgd: Pick<Experiment['train'], 'momentum' | 'nesterov' | 'weightDecay'> = this.experiment.train,
  ): Promise<void> {
    const { state, experiment } = this;
    const { prune } = experiment;
    return runPhase({
      ...hooks,
      phase,
      network,
      plan,
      done: state.epochsDone(phase, plan.length),
      train: this.train,
      validation: this.validation,
      test: this.test,
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

  private measure(name: Parameters<typeof measureStage>[0], note: string, epoch: number | null, network: Network): void {
    this.state.addStage(measureStage(name, note, epoch, network, this.test, this.experiment.measure.latency, this.context.threads));
  }

  private measureValues(
    name: Parameters<typeof measureStage>[0],
    note: string,
    epoch: number | null,
    graph: Graph,
    values: NetworkValues,
  ): void {
    const network = new Network(graph, values);
    this.measure(name, note, epoch, network);
    network.dispose();
  }

  private get cutsChannels(): boolean {
    return cutsChannels(this.experiment.prune);
  }
  private allUnits = () => unitCount(unitLayers(this.experiment, this.graph));
  private prunedUnits = () => unitCount(this.pruned);
  private targetText = () =>
    `${weightsKept(this.plan.at(-1)!.target).toLocaleString('en')} of ${this.prunedUnits().toLocaleString('en')} ${this.cutsChannels ? 'channels' : 'weights'}`;

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
