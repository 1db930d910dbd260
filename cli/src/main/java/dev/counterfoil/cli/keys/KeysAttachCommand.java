package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
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
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
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
      paramLabel = "THUMBPRINT",
      description =
          "Confirm this key alone (default: every signing key). Not the kid in the issuer's tokens,"
              + " which an attacker in control of its key set chooses. May be repeated.")
  private List<String> thumbprints = new ArrayList<>();

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
    List<Published> chosen =
        chosen(published, thumbprints, thumbprint -> known.key(thumbprint).isPresent());
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
              + "Compare the thumbprints with the issuer's own: an attacker who controls %s chooses its keys. To do it, add --yes.%n"
                  .formatted(PlainText.of(published.from().toString())));
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

  /** What is done with a key, for a terminal: the issuer chooses the alias. */
  static String line(String done, KeyStatement key) {
    return "%s  %s%n  kid %s, %s, until %s, when %s has the token's digest%n"
        .formatted(
            done,
            key.kid(),
            key.alias() == null ? key.kid() : PlainText.of(key.alias()),
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

  /**
   * The keys to confirm.
   *
   * @param thumbprints which of them; empty for all
   * @param isStated whether a key of a thumbprint is stated
   */
  static List<Published> chosen(
      IssuerKeys published, List<String> thumbprints, Predicate<String> isStated) {
    Map<String, Published> byThumbprint = new LinkedHashMap<>();
    published.keys().forEach(key -> byThumbprint.putIfAbsent(key.jwk().thumbprint(), key));
    Set<String> wanted =
        thumbprints.isEmpty() ? byThumbprint.keySet() : new LinkedHashSet<>(thumbprints);
    List<Published> chosen = new ArrayList<>();
    for (String thumbprint : wanted) {
      @Nullable Published key = byThumbprint.get(thumbprint);
      if (key == null) {
        throw CommandFailure.environment(
            "it publishes no key with the thumbprint "
                + thumbprint
                + " that can be stated. It publishes: "
                + published.keys().stream()
                    .map(one -> one.jwk().thumbprint() + " (kid " + PlainText.of(one.name()) + ")")
                    .collect(Collectors.joining(", ")));
      }
      requireOneName(thumbprint, published);
      requireOwnName(key, name -> byThumbprint.containsKey(name) || isStated.test(name));
      chosen.add(key);
    }
    return chosen;
  }

  private static void requireOneName(String thumbprint, IssuerKeys published) {
    List<String> names =
        published.keys().stream()
            .filter(key -> key.jwk().thumbprint().equals(thumbprint))
            .map(key -> PlainText.of(key.name()))
            .distinct()
            .toList();
    if (names.size() > 1) {
      throw CommandFailure.environment(
          "the key %s is published under several kids, of which one can be stated: %s. Have the issuer publish it once"
              .formatted(thumbprint, String.join(", ", names)));
    }
  }

  /** A key that goes by another's thumbprint stands in for it. */
  private static void requireOwnName(Published key, Predicate<String> isThumbprint) {
    String thumbprint = key.jwk().thumbprint();
    if (!key.name().equals(thumbprint) && isThumbprint.test(key.name())) {
      throw CommandFailure.environment(
          "the key %s has the thumbprint of another key as its kid, %s. No issuer does that by itself: ask its people who controls its key set"
              .formatted(thumbprint, PlainText.of(key.name())));
    }
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
          "key " + key.jwk().thumbprint() + " cannot be attached: " + e.getMessage());
    }
  }
}
