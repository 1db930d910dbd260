package dev.counterfoil.authority;

import dev.counterfoil.log.LogReader;
import dev.counterfoil.signerprotocol.Answer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Carries a domain's log to its witnesses and their cosignatures to the signer, which has no
 * network: round after round, each about one checkpoint, so that witnesses cosign the same one. All
 * that are due are asked side by side. Whoever has not answered when a round is over is left to
 * himself: his cosignature counts when it comes, and no other waits for it.
 *
 * <p>While the signer waits for its holders, custodians among them are asked too, and nobody's
 * token is needed for it.
 */
final class WitnessRounds implements AutoCloseable {
  /** A round takes no less: each costs every witness and the signer a write to the disk. */
  static final Duration ROUND_MIN = Duration.ofMillis(200);

  /** A round waits no longer for those that were asked. */
  static final Duration ROUND_MAX = Duration.ofMillis(300);

  private static final System.Logger LOG = System.getLogger(WitnessRounds.class.getName());

  private final SignerView signer;
  private final PublicLogs logs;
  private final InstantSource clock;
  private final List<AskedCosigner> cosigners;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  /** Prepares the rounds of a domain. */
  WitnessRounds(
      List<CosignerEntry> entries,
      SignerView signer,
      PublicLogs logs,
      HttpClient http,
      InstantSource clock) {
    this.signer = signer;
    this.logs = logs;
    this.clock = clock;
    this.cosigners =
        entries.stream()
            .map(entry -> new AskedCosigner(entry, new CosignerClient(entry, http)))
            .toList();
    this.thread = Thread.ofPlatform().daemon().name("witness-rounds").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Makes the meters of every cosigner. */
  void register(MeterRegistry meters) {
    for (AskedCosigner cosigner : cosigners) {
      Gauge.builder("counterfoil.authority.cosigner.size", cosigner, AskedCosigner::size)
          .description("Size of the last tree that the cosigner cosigned when he was asked")
          .tag("cosigner", cosigner.entry.name())
          .register(meters);
      Gauge.builder(
              "counterfoil.authority.cosigner.healthy",
              cosigner,
              asked -> asked.problem().isEmpty() ? 1 : 0)
          .description("Whether the cosigner answers in time and truthfully")
          .tag("cosigner", cosigner.entry.name())
          .register(meters);
      FunctionCounter.builder(
              "counterfoil.authority.cosigner.failures", cosigner, AskedCosigner::failures)
          .description("Questions to the cosigner that brought no cosignature")
          .tag("cosigner", cosigner.entry.name())
          .register(meters);
    }
  }

  /** All cosigners and how they stand. */
  List<AskedCosigner> cosigners() {
    return cosigners;
  }

  private void run() {
    try {
      while (!stopsWithin(Duration.ZERO)) {
        long began = System.nanoTime();
        Optional<SignerView.State> state = signer.ask();
        if (state.isPresent() && !cosigners.isEmpty()) {
          try {
            round(state.get(), began);
          } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a round of the witnesses failed", e);
          }
        }
        long left = ROUND_MIN.toNanos() - (System.nanoTime() - began);
        if (left > 0 && stopsWithin(Duration.ofNanos(left))) {
          return;
        }
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but a JVM that ends.
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopsWithin(Duration pause) throws InterruptedException {
    return stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void round(SignerView.State state, long began) throws IOException, InterruptedException {
    Optional<LogReader> log = logs.log(state.log());
    Optional<LogReader.Published> published =
        log.isPresent() ? log.get().published() : Optional.empty();
    if (published.isEmpty()) {
      return;
    }
    List<AskedCosigner> due = new ArrayList<>();
    for (AskedCosigner cosigner : cosigners) {
      boolean needed = state.waitingFor().contains(cosigner.entry.name());
      boolean asked = needed || cosigner.entry.kind() == CosignerEntry.Kind.WITNESS;
      long size = published.get().checkpoint().size();
      if (asked && cosigner.isDue(state.log(), size, needed, began)) {
        due.add(cosigner);
      }
    }
    CountDownLatch answered = new CountDownLatch(due.size());
    for (AskedCosigner cosigner : due) {
      cosigner.asked(began);
      Thread.ofVirtual()
          .name("cosigner-" + cosigner.entry.name())
          .start(
              () -> {
                try {
                  ask(cosigner, state, log.get(), published.get());
                } finally {
                  cosigner.busy.set(false);
                  answered.countDown();
                }
              });
    }
    answered.await(ROUND_MAX.toNanos() - (System.nanoTime() - began), TimeUnit.NANOSECONDS);
  }

  private void ask(
      AskedCosigner cosigner,
      SignerView.State state,
      LogReader log,
      LogReader.Published published) {
    boolean needed = state.waitingFor().contains(cosigner.entry.name());
    try {
      CosignerClient.Outcome outcome =
          switch (cosigner.entry.kind()) {
            case WITNESS -> cosigner.client.cosign(state.origin(), log, published);
            case CUSTODIAN -> cosigner.client.held(state.origin());
          };
      switch (outcome) {
        case CosignerClient.Outcome.Cosigned cosigned -> {
          Answer answer = signer.tell(state.log(), cosigned.note());
          if (answer instanceof Answer.Refused refused) {
            cosigner.failed("the signer did not take it: " + refused.text(), needed, nanos());
          } else {
            cosigner.cosigned(published.checkpoint().size(), clock.instant(), nanos());
          }
        }
        case CosignerClient.Outcome.Evidence evidence -> {
          signer.tell(state.log(), evidence.note());
          cosigner.failed(evidence.why(), needed, nanos());
        }
        case CosignerClient.Outcome.Failed failed -> cosigner.failed(failed.why(), needed, nanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long nanos() {
    return System.nanoTime();
  }

  @Override
  public void close() {
    stop.countDown();
    thread.interrupt();
  }
}
