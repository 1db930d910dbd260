package dev.counterfoil.cli.promises;

import dev.counterfoil.authority.watching.MonitorProbe;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.disclosure.promises.PublicHistory.Answered;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tries what a promise is about and no log shows, and notes how long it took. */
@Command(
    name = "observe",
    description = {
      "Tries what promises are about, as an outsider, and notes how long it took.",
      "It revokes a token of its own and waits until a verifier refuses it; reports a synthetic"
          + " forgery and waits until the monitor finds it; and reads which logs have a new"
          + " checkpoint. It adds what it saw to a file for counterfoil promises evaluate"
          + " --observed. Run it on another host than the authority's, once an hour.",
      "Exit code 0: everything was tried, whatever came of it; 4: something could not be tried,"
          + " and the message says what."
    })
final class PromisesObserveCommand extends PublicDataCommand {
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

  /** What is older is in the record by then. */
  private static final Duration KEPT_FOR = Duration.ofDays(90);

  private static final String SCOPES = "counterfoil:sightings counterfoil:findings";

  @Option(
      names = "--observed",
      paramLabel = "FILE",
      required = true,
      description = "The file of what was seen, observed.json; made where it is not there.")
  private Path file;

  @Option(
      names = "--client",
      paramLabel = "ID",
      required = true,
      description = "The client to be, with scopes " + SCOPES + ".")
  private String client;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      required = true,
      description = "The client's private JWK.")
  private Path key;

  @Option(
      names = "--monitor",
      paramLabel = "URL",
      description = "The monitor that is to find the forgery; without it none is made.")
  private @Nullable URI monitor;

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      defaultValue = "counterfoil-monitor",
      description = "The audience of its tokens, the monitor's (default: ${DEFAULT-VALUE}).")
  private String audience;

  @Option(
      names = "--within",
      paramLabel = "DURATION",
      defaultValue = "1m",
      converter = DurationText.class,
      description =
          "How long to wait for an answer; what comes later counts as none (default:"
              + " ${DEFAULT-VALUE}).")
  private Duration within;

  private final InstantSource clock = InstantSource.system();
  private final SecureRandom random = new SecureRandom();
  private final List<String> untried = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    PublicHistory before = before();
    TrustPolicy policy = policy();
    PublicHistory now = publicNow();
    List<Answered> revocations = new ArrayList<>();
    List<Answered> forgeries = new ArrayList<>();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build()) {
      Canary canary = new Canary(policy, audience, tokens(policy, http), http);
      tried("revocation", revocations, () -> canary.run(within));
      if (monitor != null) {
        // The canary's source holds a token that is revoked.
        PrivateKeyJwtTokenSource tokens = tokens(policy, http);
        tried("forgery", forgeries, () -> forgery(policy, now, tokens, http));
      }
    }
    PublicHistory seen =
        new PublicHistory(
            clock.instant().getEpochSecond(),
            List.of(),
            now.checkpoints(),
            now.cosigned(),
            revocations,
            forgeries,
            List.of());
    write(before.and(seen).from(clock.instant().minus(KEPT_FOR).getEpochSecond()));
    print(seen.toJson(), text(seen));
    untried.forEach(why -> System.err.println("Warning: " + why));
    return untried.isEmpty() ? ExitCode.OK : ExitCode.UNAVAILABLE;
  }

  private PublicHistory before() throws IOException {
    try {
      return Files.exists(file) ? PublicHistory.parse(bounded(file)) : PublicHistory.NOTHING;
    } catch (FormatException e) {
      throw CommandFailure.environment(
          file + " is not what this command writes: " + e.getMessage());
    }
  }

  private PrivateKeyJwtTokenSource tokens(TrustPolicy policy, HttpClient http) {
    try {
      return new PrivateKeyJwtTokenSource(
          policy.issuer(),
          client,
          key,
          Map.of("audience", audience, "scope", SCOPES),
          http,
          clock,
          random);
    } catch (IOException e) {
      throw CommandFailure.environment(CommandFailure.reason(e));
    }
  }

  private interface Trial {
    Optional<Duration> run() throws IOException, InterruptedException;
  }

  /** What could not be tried is not known: it neither keeps nor breaks a promise. */
  private void tried(String what, List<Answered> seen, Trial trial) throws InterruptedException {
    long at = clock.instant().getEpochSecond();
    try {
      Optional<Duration> took = trial.run();
      seen.add(new Answered(what + "-" + at, at, took.map(time -> at + seconds(time)).orElse(0L)));
    } catch (IOException e) {
      untried.add("the " + what + " could not be tried: " + CommandFailure.reason(e));
    }
  }

  /** Rounded up: nothing is said to be quicker than it was. */
  private static long seconds(Duration time) {
    return time.plusNanos(999_999_999).toSeconds();
  }

  private Optional<Duration> forgery(
      TrustPolicy policy, PublicHistory now, PrivateKeyJwtTokenSource tokens, HttpClient http)
      throws IOException, InterruptedException {
    URI place = URI.create(Objects.requireNonNull(monitor).toString().replaceAll("/+$", ""));
    try (SightingReporter reporter =
        new SightingReporter(place, client + "-promises", tokens, http, clock)) {
      MonitorProbe probe =
          new MonitorProbe(
              place,
              policy.issuer(),
              reporter,
              client,
              tokens,
              () ->
                  now.keys().stream()
                      .filter(life -> life.ended() == 0)
                      .map(PublicHistory.KeyLife::log)
                      .findFirst(),
              http,
              clock,
              random);
      return found(probe);
    }
  }

  /** A monitor that is away finds nothing: how long that lasts counts. */
  private Optional<Duration> found(MonitorProbe probe) throws IOException, InterruptedException {
    long began = System.nanoTime();
    Duration left = within;
    while (left.isPositive()) {
      try {
        Duration took = probe.run(left);
        return Optional.of(within.minus(left).plus(took));
      } catch (MonitorProbe.NotFoundException e) {
        Thread.sleep(Math.min(TRY_AGAIN.toMillis(), left.toMillis()));
        left = within.minusNanos(System.nanoTime() - began);
      }
    }
    return Optional.empty();
  }

  private void write(PublicHistory all) throws IOException {
    Path place = file.toAbsolutePath();
    FileDisk.publicFolder(Objects.requireNonNullElse(place.getParent(), place))
        .replace(
            String.valueOf(place.getFileName()),
            (all.toJson() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private String text(PublicHistory seen) {
    StringBuilder text = new StringBuilder();
    lines(text, "a revoked token", "was refused", seen.revocations());
    lines(text, "a synthetic forgery", "was found", seen.forgeries());
    return text.append(Shown.count(seen.checkpoints().size(), "checkpoint", "checkpoints"))
        .append(" read, and a quorum of witnesses on ")
        .append(Shown.count(seen.cosigned().size(), "log", "logs"))
        .toString();
  }

  private void lines(StringBuilder text, String what, String became, List<Answered> all) {
    for (Answered one : all) {
      text.append(what)
          .append(
              one.answered() == 0
                  ? " was not answered within " + within.toSeconds() + " seconds"
                  : " %s within %d s".formatted(became, one.answered() - one.at()))
          .append('\n');
    }
  }
}
