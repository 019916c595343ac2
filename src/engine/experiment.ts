/**
 * A pruning experiment from data to report, in the order of the paper's Algorithm 1 (weight-level screening):
 *
 *   load the data; initialise the network with every weight alive
 *   for each epoch: train with the mask held, gathering F of each connection's feature; rank; keep the top k_e; zero the rest
 *   remove neurons without inputs or outputs (compaction); check that the masked and the compact network agree
 *   fine-tune the compact network with its zeros held; report
 *
 * The baselines take the same path: only the ranking and the plan of the cuts differ.
 */
import type { Experiment } from '../config/schema';
import type { HistoryRow, Report } from '../shared/report';
import type { RunContext } from './context';
import { compactNetwork, maxLogitDifference, type Compact } from './compact/compact';
import type { Dataset } from './data/dataset';
import { loadDataset } from './data/load';
import { parityBroken } from './errors';
import { measureStage } from './measure/stage';
import { architecture } from './nn/architectures';
import { matchesPattern, prunableLayers, type DenseNode, type Graph } from './nn/graph';
import { Progress } from './progress';
import { planTraining, weightsKept, type PlannedEpoch } from './prune/plan';
import { writeReport } from './report/write';
import { pixelStatistics } from './screening/pixels';
import { RunState } from './state';
import { planFineTuning } from './train/fineTune';
import { initialValues, Network, type NetworkValues } from './train/network';
import { runPhase } from './train/phase';
import { Pruner } from './train/pruner';
import { disposeSamples, firstSamples, toSamples, type Samples } from './train/samples';

/** Logits of the masked and the compact network may differ by float rounding, not by more. */
const PARITY_TOLERANCE = 1e-4;
const PARITY_SAMPLES = 1000;

/** @throws PruneError of the rooms below; what `signal` was aborted with, after a checkpoint was written. */
export async function runExperiment(context: RunContext): Promise<Report> {
  const { experiment } = context;
  const state = new RunState(context.runDir, context.configHash, context.checkpoint);
  await state.beginMetrics();
  const dataset = await state.timed('load', () =>
    loadDataset(experiment.data, { experimentDir: context.experimentDir, signal: context.signal }),
  );
  context.emit({ type: 'stage', name: 'load', detail: dataset.note });
  const run = new ExperimentRun(context, state, dataset);
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
  private readonly pruned: DenseNode[];
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
  ) {
    const { experiment } = context;
    this.experiment = experiment;
    this.graph = architecture(experiment.model, dataset.image, dataset.classes);
    const patterns = experiment.prune.method === 'none' ? [] : experiment.prune.layers;
    this.pruned = prunableLayers(this.graph).filter((layer) => patterns.some((pattern) => matchesPattern(layer.name, pattern)));
    this.plan = planTraining(
      experiment,
      this.pruned.map((l) => l.name),
      this.pruned.map((l) => l.inputs * l.outputs),
    );
    this.train = toSamples(dataset.train, dataset.normalise);
    this.validation = toSamples(dataset.validation, dataset.normalise);
    this.test = toSamples(dataset.test, dataset.normalise);
    this.progress = new Progress(context.emit, this.epochsLeft());
  }

  dispose(): void {
    [this.train, this.validation, this.test].forEach(disposeSamples);
  }

  /** Trains without pruning: the whole run of a baseline, or the dense twin that the pruned network is compared with. */
  async trainDense(phase: 'twin' | 'train'): Promise<void> {
    const plan = this.plan.slice(0, this.experiment.train.epochs).map((planned) => ({ ...planned, keep: 1 }));
    const network = this.startPhase(phase, this.graph, initialValues(this.graph, this.experiment.seed), 'training without pruning');
    await this.runEpochs(phase, network, plan, { isFinal: () => phase === 'train', kept: () => this.totalWeights() });
    const note = phase === 'twin' ? 'trained without pruning, same recipe and seed' : 'trained without pruning';
    this.measure('dense', note, plan.length, network);
    this.denseValues = network.values();
    network.dispose();
  }

  /** Algorithm 1: trains and cuts by the plan. Returns the masked network. */
  async trainAndPrune(): Promise<NetworkValues> {
    const { experiment, plan, state } = this;
    const { prune } = experiment;
    if (prune.method === 'none') throw new Error('nothing to prune');
    const network = this.startPhase(
      'train',
      this.graph,
      initialValues(this.graph, experiment.seed),
      `training and pruning to ${this.targetText()}`,
    );
    const pruner = new Pruner({
      prune,
      network,
      layers: this.pruned,
      plan,
      outputLayer: prunableLayers(this.graph).at(-1)!.name,
      seed: experiment.seed,
      classes: this.dataset.classes,
      train: this.train,
      batch: experiment.train.batch,
      pixels: () => pixelStatistics(this.dataset.train, this.dataset.classes),
    });
    pruner.restore(state.resumedIn('train')?.statistics ?? new Map<string, Float64Array>());
    const final = weightsKept(plan.at(-1)!.target);
    const isDense = () => pruner.kept === this.prunedWeights();
    await this.runEpochs('train', network, plan, {
      isFinal: (planned) => weightsKept(planned.target) === final,
      kept: () => pruner.kept + this.totalWeights() - this.prunedWeights(),
      onForward: (planned) => pruner.observer(planned),
      cut: (planned) => {
        if (experiment.measure.dense === 'first-cut' && isDense() && weightsKept(planned.target) < pruner.kept) {
          this.measure(
            'dense',
            `this network before its first cut, after epoch ${planned.epoch} of ${plan.length}`,
            planned.epoch,
            network,
          );
        }
        pruner.cut(planned);
        if (pruner.floors.length > 0) state.floors = pruner.floors;
        state.sampling = pruner.sampling ?? state.sampling;
      },
      statistics: () => pruner.saved(),
    });
    const epoch = experiment.fineTune ? null : this.useSelected(network);
    this.measure('masked', `masked to ${this.targetText()}`, epoch ?? plan.length, network);
    const values = network.values();
    network.dispose();
    return values;
  }

  /** Measures the compact network and checks that it gives the masked one's logits. */
  async measureMaskedAndCompact(masked: NetworkValues, compact: Compact): Promise<NonNullable<Report['parity']>> {
    this.progress.stage('compact', 'removing neurons without inputs or outputs');
    const [full, narrow] = [new Network(this.graph, masked), new Network(compact.graph, compact.values)];
    const probe = firstSamples(this.test, PARITY_SAMPLES);
    const maxAbsDiff = maxLogitDifference(full, narrow, probe);
    const parity = { maxAbsDiff, samples: probe.shape[0], tolerance: PARITY_TOLERANCE };
    probe.dispose();
    if (!(maxAbsDiff <= PARITY_TOLERANCE)) throw parityBroken(maxAbsDiff, PARITY_TOLERANCE);
    this.measure('compact', 'the masked network without its dead neurons', null, narrow);
    full.dispose();
    narrow.dispose();
    return Promise.resolve(parity);
  }

  /** Trains the compact network on with its zeros held. Returns its parameters. */
  async fineTune(options: NonNullable<Experiment['fineTune']>, compact: Compact): Promise<NetworkValues> {
    const plan = planFineTuning(options, this.plan.at(-1)!);
    const network = this.startPhase('fine-tune', compact.graph, compact.values, `fine-tuning for ${options.epochs} epochs`);
    const kept = [...compact.values.values()].reduce((sum, { mask }) => sum + mask.reduce((a, b) => a + b, 0), 0);
    await this.runEpochs('fine-tune', network, plan, { isFinal: () => true, kept: () => kept }, options);
    const epoch = this.useSelected(network);
    this.measure('fine-tuned', 'the compact network after fine-tuning', epoch, network);
    const values = network.values();
    network.dispose();
    return values;
  }

  report(compact: Compact | null, parity: Report['parity'] | null): Promise<Report> {
    const { context, state, dataset, graph, pruned } = this;
    this.progress.stage('report', 'writing the report and the models');
    const masked = state.maskedValues ?? this.denseValues!;
    return writeReport(context, state, { dataset, graph, pruned, masked, compact: compact ?? compactNetwork(graph, masked), parity });
  }

  private startPhase(phase: HistoryRow['phase'], graph: Graph, values: NetworkValues, detail: string): Network {
    this.progress.stage(phase, detail);
    const resumed = this.state.resumedIn(phase);
    const network = new Network(graph, resumed?.values ?? values);
    if (resumed) network.setVelocities(resumed.velocities);
    return network;
  }

  private runEpochs(
    phase: HistoryRow['phase'],
    network: Network,
    plan: readonly PlannedEpoch[],
    hooks: {
      isFinal: (planned: PlannedEpoch) => boolean;
      kept: () => number;
      onForward?: Parameters<typeof runPhase>[0]['onForward'];
      cut?: (planned: PlannedEpoch) => void;
      statistics?: () => Map<string, Float64Array>;
    },
    sgd: Pick<Experiment['train'], 'momentum' | 'nesterov' | 'weightDecay'> = this.experiment.train,
  ): Promise<void> {
    const { state, experiment } = this;
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
      batch: experiment.train.batch,
      seed: experiment.seed,
      signal: this.context.signal,
      progress: this.progress,
      afterEpoch: async (row) => {
        this.keepBest(row, network);
        await state.epochDone(row, network, hooks.statistics?.() ?? new Map<string, Float64Array>());
      },
    });
  }

  /** Remembers the weights of the lowest validation error at the final sparsity, in the last phase, if the experiment wants them. */
  private keepBest(row: HistoryRow, network: Network): void {
    const lastPhase = this.experiment.fineTune && this.experiment.prune.method !== 'none' ? 'fine-tune' : 'train';
    if (this.experiment.measure.select !== 'best-validation' || row.phase !== lastPhase || row.testError === null) return;
    if (this.state.best && this.state.best.validationError <= row.validationError!) return;
    this.state.best = { epoch: row.epoch, validationError: row.validationError! };
    this.state.bestValues = network.values();
  }

  /** Puts the selected epoch's weights into the network; returns that epoch, or null where the last one is used. */
  private useSelected(network: Network): number | null {
    const { best, bestValues } = this.state;
    if (!best || !bestValues) return null;
    network.setValues(bestValues);
    return best.epoch;
  }

  private measure(name: Parameters<typeof measureStage>[0], note: string, epoch: number | null, network: Network): void {
    this.state.addStage(measureStage(name, note, epoch, network, this.test, this.experiment.measure.latency, this.context.threads));
  }

  private totalWeights = () => prunableLayers(this.graph).reduce((sum, l) => sum + l.inputs * l.outputs, 0);
  private prunedWeights = () => this.pruned.reduce((sum, l) => sum + l.inputs * l.outputs, 0);
  private targetText = () =>
    `${weightsKept(this.plan.at(-1)!.target).toLocaleString('en')} of ${this.prunedWeights().toLocaleString('en')} weights`;

  private epochsLeft(): number {
    const { experiment, state, plan } = this;
    const prunes = experiment.prune.method !== 'none';
    const twin = prunes && experiment.measure.dense === 'twin' ? experiment.train.epochs : 0;
    const fineTune = prunes ? (experiment.fineTune?.epochs ?? 0) : 0;
    return (
      twin +
      plan.length +
      fineTune -
      state.epochsDone('twin', twin) -
      state.epochsDone('train', plan.length) -
      state.epochsDone('fine-tune', fineTune)
    );
  }
}
