package dev.counterfoil.cli.up;

import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.Red;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Says on the screen of {@code up} when a log ends and another one begins, such as after an earlier
 * state of a signer's folder was put back: by the key log, which says why.
 */
final class LogEndsWatch implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
  private static final Duration FETCH_MAX = Duration.ofSeconds(5);

  private final List<Source> sources = new ArrayList<>();
  private final Instant since;
  private final Consumer<String> screen;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  private record Source(String domain, KeySetSource keys) {}

  /**
   * Of all domains.
   *
   * @param since ends of before are told no more
   */
  LogEndsWatch(Installation running, Instant since, Consumer<String> screen) {
    for (Domain domain : running.configuration().domains()) {
      TrustPolicy policy =
          InstallationOptions.readPolicy(running.folder().domain(domain.name()).policy());
      sources.add(
          new Source(
              domain.name(),
              KeySetSource.refreshedByCaller(
                  policy,
                  HttpReadSide.create(FETCH_MAX),
                  InstantSource.system(),
                  VerifierLimits.defaults())));
    }
    this.since = since;
    this.screen = screen;
    this.thread = Thread.ofPlatform().daemon().name("log-ends").unstarted(this::watch);
  }

  void start() {
    thread.start();
  }

  private void watch() {
    Set<String> told = new HashSet<>();
    try {
      do {
        for (Source source : sources) {
          source.keys().refresh();
          Optional<KeySet> keys = source.keys().current();
          keys.ifPresent(set -> tell(source.domain(), set, told));
        }
      } while (!stop.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(String domain, KeySet keys, Set<String> told) {
    for (KeySet.EndedLog ended : keys.endedLogs()) {
      if (!ended.at().isBefore(since) && told.add(domain + "/" + ended.log())) {
        screen.accept(sentence(domain, ended));
      }
    }
  }

  /** What happened, and what to do. */
  static String sentence(String domain, KeySet.EndedLog ended) {
    Optional<LogName> name = LogName.parse(ended.log());
    boolean isRecordLog = name.filter(LogName::isRecordLog).isPresent();
    String owner =
        (isRecordLog ? "record log " : "signer ") + name.map(LogName::owner).orElse(ended.log());
    String first = owner.substring(0, 1).toUpperCase(Locale.ROOT) + owner.substring(1);
    String next =
        ended
            .successor()
            .map(follows -> "; " + follows + " continues, with new keys")
            .orElse("; no log follows yet");
    String log =
        "log %s of domain %s ended at %d%s. ".formatted(ended.log(), domain, ended.size(), next);
    return switch (ended.reason()) {
      case ROLLED_BACK ->
          Red.text("An earlier state of the folder of " + owner + " was put back")
              + ": "
              + log
              + "Its recorded tokens stay valid. "
              + (isRecordLog
                  ? "Somebody has a copy of the folder, and with it of the folder of the signer"
                      + " that keeps it. Unless you are sure who, contain that signer: counterfoil"
                      + " compromise SIGNER --yes. To list the signers, run counterfoil compromise."
                  : "Its keys left the JWKS, so services"
                      + " that read only the JWKS sign their users out. Somebody has a copy of"
                      + " the folder. Unless you are sure who, run: counterfoil compromise "
                      + ended.log()
                      + " --yes.");
      case LOST ->
          Red.text(first + " lost its log")
              + ": "
              + log
              + "Tokens past that are lost, not forged. See docs/operate/custodian.md"
              + " for what to do when a host is lost.";
      case REPLACED -> first + " was replaced: " + log + "Its recorded tokens stay valid.";
      case PLANNED -> first + " changed its log as planned: " + log.strip();
    };
  }

  @Override
  public void close() {
    stop.countDown();
    thread.interrupt();
  }
}
