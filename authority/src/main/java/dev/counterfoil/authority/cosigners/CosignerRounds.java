package dev.counterfoil.authority.cosigners;

import dev.counterfoil.authority.logs.PublicLogs;
import dev.counterfoil.authority.settings.CosignerEntry;
import dev.counterfoil.authority.signers.LastWord;
import dev.counterfoil.authority.signers.RoundPace;
import dev.counterfoil.authority.signers.SignerView;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.http.listener.LinePace;
import dev.counterfoil.log.read.CosignerClient;
import dev.counterfoil.log.read.LogReader;
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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Carries a signer's logs, of tokens and of digests, to its witnesses and their cosignatures to the
 * signer, which has no network: round after round, each about one checkpoint of each log, so that
 * witnesses cosign the same one. All that are due are asked side by side. One that has not answered
 * when a round is over is left to itself: its cosignature counts when it comes, and no other waits
 * for it. A signer that says late what there is to cosign holds up no round either: what it said
 * before counts until then.
 *
 * <p>While the signer waits for its holders, custodians among them are asked too, and nobody's
 * token is needed for it. One that does not answer then is asked until it does, and one that did
 * every ten seconds.
 */
public final class CosignerRounds implements AutoCloseable {
  /** Lines of one signer's logs: it decides how many logs it says it has, and why it refuses. */
  private static final int LINES_AT_ONCE = 100;

  private static final Duration LINE_EVERY = Duration.ofSeconds(10);

  private final SignerView signer;
  private final PublicLogs logs;
  private final InstantSource clock;
  private final List<CosignerEntry> entries;
  private final HttpClient http;

  /** Those who are asked, by the short names of the logs that the signer has now. */
  private final Map<String, List<AskedCosigner>> asked = new ConcurrentHashMap<>();

  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private final LinePace lines = new LinePace(LINES_AT_ONCE, LINE_EVERY);
  private final CountDownLatch stop = new CountDownLatch(1);
  private final RoundPace.Time time = RoundPace.Time.until(stop);
  private final LastWord<Optional<SignerView.State>> signerState;
  private final Thread thread;

  /** The signer's logs, by its last word of them. */
  private List<SignerView.Followed> known = List.of();

  /** Prepares the rounds of a domain. */
  public CosignerRounds(
      List<CosignerEntry> entries,
      SignerView signer,
      PublicLogs logs,
      HttpClient http,
      InstantSource clock) {
    this.signer = signer;
    this.logs = logs;
    this.clock = clock;
    this.entries = List.copyOf(entries);
    this.http = http;
    this.signerState =
        new LastWord<>(
            signer::ask,
            Optional.empty(),
            question -> Thread.ofVirtual().name("witness-rounds-signer").start(question));
    this.thread = Thread.ofPlatform().daemon().name("witness-rounds").unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /**
   * Makes the meters of every cosigner.
   *
   * @param process whose logs they cosign here
   */
  public void register(MeterRegistry meters, String process) {
    for (CosignerEntry entry : entries) {
      String name = entry.name();
      Gauge.builder("counterfoil.authority.cosigner.size", () -> logSize(name))
          .description("Size of the last tree that the cosigner cosigned")
          .tag("cosigner", name)
          .tag("process", process)
          .register(meters);
      Gauge.builder(
              "counterfoil.authority.cosigner.healthy",
              () -> cosigners(name).allMatch(asked -> asked.problem().isEmpty()) ? 1 : 0)
          .description("Whether the cosigner answers in time and truthfully, for every log")
          .tag("cosigner", name)
          .tag("process", process)
          .register(meters);
      FunctionCounter.builder(
              "counterfoil.authority.cosigner.failures", failures(name), LongAdder::sum)
          .description("Requests to the cosigner that brought no cosignature")
          .tag("cosigner", name)
          .tag("process", process)
          .register(meters);
    }
  }

  /** All cosigners of all logs and how they stand. */
  public List<AskedCosigner> cosigners() {
    return asked.values().stream().flatMap(List::stream).toList();
  }

  private Stream<AskedCosigner> cosigners(String name) {
    return cosigners().stream().filter(asked -> asked.entry.name().equals(name));
  }

  /** Of the tokens' log, or the key log. */
  private long logSize(String name) {
    return cosigners(name)
        .filter(asked -> !TokenId.isRecordLogName(asked.log()))
        .mapToLong(AskedCosigner::size)
        .max()
        .orElse(-1);
  }

  private LongAdder failures(String name) {
    return failures.computeIfAbsent(name, one -> new LongAdder());
  }

  private void run() {
    try {
      new RoundPace(time).run(this::round);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but a JVM that ends.
      Thread.currentThread().interrupt();
    }
  }

  /**
   * One question.
   *
   * @param reader of the log that it is about; empty where it has no folder yet
   * @param published what there is to cosign; a custodian is asked without it
   */
  private record Question(
      AskedCosigner cosigner,
      SignerView.Followed log,
      Optional<LogReader> reader,
      Optional<LogReader.Published> published) {
    long size() {
      return published.map(one -> one.checkpoint().size()).orElse(0L);
    }

    boolean isNeeded() {
      return log.waitingFor().contains(cosigner.entry.name());
    }
  }

  private CountDownLatch round(long began) throws IOException, InterruptedException {
    // While the signer is away its cosigners may fail, too, and nobody waits for them.
    known =
        signerState
            .within(time, RoundPace.SIGNER_MAX)
            .map(SignerView.State::logs)
            .orElseGet(() -> known.stream().map(SignerView.Followed::awaitingNobody).toList());
    return entries.isEmpty() ? new CountDownLatch(0) : round(known, began);
  }

  private CountDownLatch round(List<SignerView.Followed> followed, long began) throws IOException {
    asked.keySet().retainAll(followed.stream().map(SignerView.Followed::name).toList());
    List<Question> due = new ArrayList<>();
    for (SignerView.Followed log : followed) {
      addDue(log, began, due);
    }
    CountDownLatch answered = new CountDownLatch(due.size());
    for (Question question : due) {
      question.cosigner.asked(began);
      Thread.ofVirtual()
          .name("cosigner-" + question.cosigner.entry.name())
          .start(
              () -> {
                try {
                  ask(question);
                } finally {
                  question.cosigner.busy.set(false);
                  answered.countDown();
                }
              });
    }
    return answered;
  }

  private void addDue(SignerView.Followed log, long began, List<Question> due) throws IOException {
    Optional<LogReader> reader = logs.log(log.name());
    Optional<LogReader.Published> published =
        reader.isPresent() ? reader.get().published() : Optional.empty();
    for (AskedCosigner cosigner : asked.computeIfAbsent(log.name(), this::unasked)) {
      Question question = new Question(cosigner, log, reader, published);
      long size = question.size();
      if (cosigner.isWanted(published.isPresent(), size, question.isNeeded())
          && cosigner.isDue(size, question.isNeeded(), began)) {
        due.add(question);
      }
    }
  }

  private List<AskedCosigner> unasked(String log) {
    return entries.stream()
        .map(
            entry ->
                new AskedCosigner(
                    log,
                    entry,
                    new CosignerClient(entry.key(), entry.url(), http),
                    failures(entry.name()),
                    lines))
        .toList();
  }

  private void ask(Question question) {
    AskedCosigner cosigner = question.cosigner;
    SignerView.Followed log = question.log;
    boolean needed = question.isNeeded();
    try {
      CosignerClient.Outcome outcome =
          switch (cosigner.entry.kind()) {
            case WITNESS ->
                cosigner.client.cosign(
                    log.origin(), question.reader.orElseThrow(), question.published.orElseThrow());
            case CUSTODIAN -> cosigner.client.held(log.origin());
          };
      switch (outcome) {
        case CosignerClient.Outcome.Cosigned cosigned -> {
          long answered = nanos();
          long size = Checkpoint.parse(cosigned.note().text()).size();
          Answer answer = signer.tell(log.name(), cosigned.note());
          // A signer that is away takes nothing, which is no fault of the cosigner.
          if (answer instanceof Answer.Refused refused && signer.last().isPresent()) {
            cosigner.failed("the signer did not take it: " + refused.text(), needed, nanos());
          } else {
            cosigner.cosigned(size, clock.instant(), answered);
          }
        }
        case CosignerClient.Outcome.Evidence evidence -> {
          signer.tell(log.name(), evidence.note());
          cosigner.failed(evidence.why(), needed, nanos());
        }
        case CosignerClient.Outcome.Failed failed -> cosigner.failed(failed.why(), needed, nanos());
      }
    } catch (FormatException e) {
      cosigner.failed("its answer is malformed: " + e.getMessage(), needed, nanos());
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
