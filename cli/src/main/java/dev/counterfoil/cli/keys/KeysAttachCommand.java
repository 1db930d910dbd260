package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Assurance;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.monitor.attached.IssuerKeys;
import dev.counterfoil.monitor.attached.IssuerKeys.Published;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.verifier.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Confirms the keys that an attached issuer publishes. */
@Command(
    name = "attach",
    description = {
      "Confirms the keys that an attached issuer publishes, to verify its tokens.",
      "The root names the issuer (root delegate --attach, or attached-issuers for the trial"
          + " root). Its tokens are verified when the record log has their digests. Run it again"
          + " when the issuer has another key."
    })
final class KeysAttachCommand extends InstallationCommand {
  /** Below the year that no key may exceed: it counts a while back, and clocks differ. */
  private static final Duration VALID_MAX = Duration.ofDays(363);

  private static final Duration FETCH_WITHIN = Duration.ofSeconds(10);

  private final InstantSource clock = InstantSource.system();

  @Parameters(
      paramLabel = "ISSUER",
      description = "The issuer's URL, letter for letter as its tokens name it.")
  private String issuer;

  @Option(
      names = "--tenant",
      paramLabel = "NAME",
      required = true,
      description = "A tenant that its tokens may belong to. May be repeated.")
  private List<String> tenants = new ArrayList<>();

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      required = true,
      description =
          "A service that its tokens may be for. Each audience of a token must be named. May be"
              + " repeated.")
  private List<String> audiences = new ArrayList<>();

  @Option(
      names = "--type",
      paramLabel = "TYP",
      defaultValue = "JWT",
      description =
          "A typ of its access tokens; JWT for tokens without one (default: ${DEFAULT-VALUE})."
              + " May be repeated.")
  private List<String> types = new ArrayList<>();

  @Option(
      names = "--life-max",
      paramLabel = "SECONDS",
      defaultValue = "900",
      description = "The longest lifetime of its tokens (default: ${DEFAULT-VALUE}).")
  private long lifeMaxSeconds;

  @Option(
      names = "--record-log",
      paramLabel = "LOG",
      description = "The record log that holds its digests (default: the only one).")
  private @Nullable String recordLog;

  @Option(
      names = "--kid",
      paramLabel = "KID",
      description =
          "Confirm this key alone, by its kid or thumbprint (default: every signing key). May be"
              + " repeated.")
  private List<String> kids = new ArrayList<>();

  @Option(
      names = "--yes",
      description = "Do it. Without this, the command only shows what it would do.")
  private boolean yes;

  @Override
  public Integer call() throws OperatorException, InterruptedException {
    Instant now = Instant.ofEpochSecond(clock.instant().getEpochSecond());
    KeySet known = FetchedKeys.fetch(installation.policy());
    requireAttached(known, now);
    String log = log(known);
    IssuerKeys published = published();
    List<Published> chosen = chosen(published);
    List<KeyStatement> fresh =
        chosen.stream()
            .filter(key -> known.key(key.jwk().thumbprint()).isEmpty())
            .map(key -> statement(key, log, now))
            .toList();
    StringBuilder text = new StringBuilder();
    published.others().forEach(why -> text.append("LEFT OUT  ").append(why).append('\n'));
    int before = chosen.size() - fresh.size();
    if (before > 0) {
      text.append(
          "%d of its keys %s stated before%n".formatted(before, before == 1 ? "is" : "are"));
    }
    if (!fresh.isEmpty() && !yes) {
      fresh.forEach(key -> text.append(line("WOULD ATTACH", key)));
      System.err.print(
          text
              + "Compare the thumbprints with the issuer's own: whoever controls %s chooses its keys. To do it, add --yes.%n"
                  .formatted(published.from()));
      return ExitCode.USAGE;
    }
    OperatorClient operator = new OperatorClient(installation.context());
    for (KeyStatement key : fresh) {
      operator.adopt(key);
      text.append(line("ATTACHED", key));
    }
    print(
        JsonObject.builder()
            .put("issuer", issuer)
            .put("attached", fresh.stream().map(KeyStatement::kid).toList())
            .put("stated_before", before)
            .put("left_out", published.others())
            .build(),
        text.append(fresh.isEmpty() ? "NOTHING CHANGED" : "To see them, run counterfoil keys list")
            .toString());
    return chosen.isEmpty() ? ExitCode.NO : ExitCode.OK;
  }

  private static String line(String done, KeyStatement key) {
    return "%s  %s%n  kid %s, %s, until %s, when %s has the token's digest%n"
        .formatted(
            done,
            key.kid(),
            key.alias() == null ? key.kid() : key.alias(),
            key.jwk().algorithm().jose(),
            key.activeUntil(),
            key.log().orElseThrow());
  }

  private void requireAttached(KeySet known, Instant now) {
    Set<String> attached =
        known
            .delegation(now)
            .map(Delegation::bounds)
            .map(Delegation.Bounds::attachedIssuers)
            .orElse(Set.of());
    if (!attached.contains(issuer)) {
      throw CommandFailure.environment(
          """
          the root has not attached %s%s
          With a root of your own: counterfoil root delegate --attach %s
          With the trial root of up: name it in attached-issuers of the domain, and start up again"""
              .formatted(
                  issuer,
                  attached.isEmpty() ? "." : ". Attached are " + String.join(", ", attached),
                  issuer));
    }
  }

  private String log(KeySet known) {
    List<String> open =
        known.logs().stream()
            .map(KeySet.StatedLog::name)
            .filter(TokenId::isRecordLogName)
            .filter(name -> known.endedLogs().stream().noneMatch(end -> end.log().equals(name)))
            .toList();
    if (recordLog == null ? open.size() == 1 : open.contains(recordLog)) {
      return recordLog == null ? open.getFirst() : recordLog;
    }
    throw CommandFailure.environment(
        (recordLog == null ? "name one with --record-log" : recordLog + " is no open record log")
            + ". Open are: "
            + String.join(", ", open));
  }

  private IssuerKeys published() {
    try {
      SecureUrl.require("the issuer", URI.create(issuer));
      return IssuerKeys.read(HttpReadSide.create(FETCH_WITHIN), issuer);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "the keys of " + issuer + " cannot be read: " + CommandFailure.reason(e));
    }
  }

  private List<Published> chosen(IssuerKeys published) {
    if (kids.isEmpty()) {
      return published.keys();
    }
    List<Published> chosen = new ArrayList<>();
    for (String kid : kids) {
      chosen.add(
          published.keys().stream()
              .filter(key -> key.name().equals(kid) || key.jwk().thumbprint().equals(kid))
              .findFirst()
              .orElseThrow(
                  () ->
                      CommandFailure.environment(
                          "it publishes no key "
                              + kid
                              + " that can be stated. It publishes: "
                              + published.keys().stream()
                                  .map(Published::name)
                                  .collect(Collectors.joining(", ")))));
    }
    return chosen;
  }

  private KeyStatement statement(Published key, String log, Instant now) {
    Instant end = now.plus(VALID_MAX);
    Duration life = Duration.ofSeconds(lifeMaxSeconds);
    try {
      return KeyStatement.builder(key.jwk())
          .domain(installation.policy().domain())
          .issuer(issuer)
          .purpose("attached")
          .tenants(AllowList.of(tenants.toArray(String[]::new)))
          .tokenTypes(AllowList.of(types.toArray(String[]::new)))
          .audiences(AllowList.of(audiences.toArray(String[]::new)))
          .lifeMax(life)
          // What was recorded before the key was confirmed counts from then on.
          .active(now.minus(life), end)
          .verifyUntil(end.plus(life))
          .record(new RecordForm.Digest(log))
          .alias(key.jwk().thumbprint().equals(key.name()) ? null : key.name())
          .custody("attached", Assurance.UNKNOWN)
          .build();
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(
          "key " + key.name() + " cannot be attached: " + e.getMessage());
    }
  }
}
