package dev.counterfoil.cli.audit.verification;

import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.bundle.FirstPart;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.custodian.check.IssuedBundle;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The issued tokens of an export: whom to believe about them, and what came of it. */
public final class IssuedVerification {
  private static final int VKEY_BYTES_MAX = 4096;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description =
          "The domain's trust policy. The key log in the bundle is verified from its"
              + " root down (default: the installation's). It also shows whose key the audit"
              + " log's is: the key log states it, or a log line of the policy pins it.")
  private @Nullable Path policyFile;

  @Option(
      names = "--custodian-key",
      paramLabel = "VKEY",
      description =
          "The key of the custodian that states how many tokens the tenant has"
              + " (default: the installation's).")
  private @Nullable String custodianKey;

  /** What came of it. */
  sealed interface Outcome {
    /** The bundle has no such part. */
    record None() implements Outcome {}

    /** Nobody said whom to believe. */
    record Unchecked() implements Outcome {}

    /**
     * It was checked.
     *
     * @param checked what came of it
     * @param custodianKnown whether the custodian's key is from elsewhere than the bundle
     * @param behind logs of which the custodian's word is older than the newest event before it:
     *     tokens may have been issued since that are not there
     */
    record Judged(IssuedBundle.Checked checked, boolean custodianKnown, List<String> behind)
        implements Outcome {
      boolean isProved() {
        return checked.faults().isEmpty() && behind.isEmpty();
      }

      /** Whether they are all, in every log. */
      boolean isComplete() {
        return isProved()
            && checked.query().names().isEmpty()
            && checked.missing().isEmpty()
            && checked.incomplete().isEmpty();
      }
    }
  }

  /**
   * Checks what follows the events.
   *
   * @param read the events' part, read to its end
   * @param events what was proved of those
   * @throws FormatException when it is no such part
   */
  Outcome check(FirstPart read, AuditBundle.Proved events, InstallationOptions installation)
      throws FormatException, IOException, InterruptedException {
    PushbackInputStream in = new PushbackInputStream(read.rest());
    int first = in.read();
    if (first < 0) {
      return new Outcome.None();
    }
    in.unread(first);
    Optional<TrustPolicy> policy =
        policy(installation)
            .filter(known -> policyFile != null || known.domain().equals(events.domain()));
    if (policy.isEmpty()) {
      return new Outcome.Unchecked();
    }
    Optional<CosignerKey> custodian = custodian(installation);
    IssuedBundle.Checked checked =
        IssuedBundle.check(
            in,
            read.lines(),
            new IssuedBundle.Trust(policy, List.of(), custodian),
            InstantSource.system().instant(),
            token -> {});
    if (!checked.domain().equals(events.domain())
        || !checked.tenant().equals(events.tenant())
        || !checked.query().equals(events.query())) {
      throw new FormatException("the issued tokens are of another export than the events");
    }
    if (events.since() == 0 && checked.logs().stream().anyMatch(one -> one.from() > 0)) {
      throw new FormatException(
          "the issued tokens continue from a position, but the events continue from no"
              + " earlier state");
    }
    List<String> behind =
        events.events() == 0
            ? List.of()
            : checked.behind(Instant.ofEpochMilli(events.lastMillis()));
    return new Outcome.Judged(checked, custodian.isPresent(), behind);
  }

  /**
   * The audit logs' keys that the policy that was named pins: of logs that are none of the issuer's
   * own.
   */
  List<NoteKey> auditKeys() {
    return policyFile == null ? List.of() : auditKeys(InstallationOptions.readPolicy(policyFile));
  }

  /** Those that a policy pins. */
  static List<NoteKey> auditKeys(TrustPolicy policy) {
    String keyLog = KeyLog.origin(policy.issuer());
    String own = keyLog.substring(0, keyLog.length() - KeyLog.NAME.length());
    return policy.logs().stream().filter(key -> !key.name().startsWith(own)).toList();
  }

  /** Whether a policy file was named. */
  boolean hasPolicyFile() {
    return policyFile != null;
  }

  /** The policy that was named, or the installation's. */
  Optional<TrustPolicy> policy(InstallationOptions installation) {
    if (policyFile != null) {
      return Optional.of(InstallationOptions.readPolicy(policyFile));
    }
    return installation.hasContext() ? Optional.of(installation.policy()) : Optional.empty();
  }

  private Optional<CosignerKey> custodian(InstallationOptions installation) {
    try {
      if (custodianKey != null) {
        return Optional.of(CosignerKey.parse(custodianKey));
      }
      if (policyFile != null || !installation.hasContext()) {
        return Optional.empty();
      }
      Path known = installation.context().cosignerKey();
      return Files.exists(known) && Files.size(known) <= VKEY_BYTES_MAX
          ? Optional.of(CosignerKey.parse(Files.readString(known).strip()))
          : Optional.empty();
    } catch (FormatException e) {
      throw CommandFailure.environment("--custodian-key: " + e.getMessage());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What the bundle's copy of the key log says, where it was verified. */
  static Optional<KeySet> keySet(Outcome outcome) {
    return outcome instanceof Outcome.Judged judged ? judged.checked().keySet() : Optional.empty();
  }

  /** Where what is here of a log is not what its key and the custodian state. */
  static List<String> against(Outcome outcome) {
    if (!(outcome instanceof Outcome.Judged judged)) {
      return List.of();
    }
    List<String> against = new ArrayList<>();
    for (String fault : judged.checked().faults()) {
      against.add("of the issued tokens: " + PlainText.of(fault, 400));
    }
    judged.checked().incomplete().forEach(one -> against.add(PlainText.of(one, 400)));
    for (String log : judged.behind()) {
      against.add(
          "of the issued tokens in log "
              + PlainText.of(log, 255)
              + " the custodian's statement is older than the newest event");
    }
    return against;
  }

  /** As JSON. */
  static JsonObject toJson(Outcome outcome) {
    return switch (outcome) {
      case Outcome.None _ -> JsonObject.builder().put("present", false).build();
      case Outcome.Unchecked _ ->
          JsonObject.builder().put("present", true).put("checked", false).build();
      case Outcome.Judged judged -> {
        List<JsonObject> logs = new ArrayList<>();
        for (IssuedBundle.OfLog one : judged.checked().logs()) {
          JsonObject.Builder log =
              JsonObject.builder()
                  .put("log", one.log().name())
                  .put("size", IssuedBundle.size(one))
                  .put("published", Math.max(one.published(), IssuedBundle.size(one)))
                  .put("from", one.from())
                  .put("before", one.before())
                  .put("stated", one.verdict().stated())
                  .put("proved", one.verdict().proved())
                  .put("shredded", one.verdict().shredded())
                  .put("custodian", one.custodian())
                  .put("faults", new ArrayList<>(one.verdict().faults()));
          one.saidAt().ifPresent(at -> log.put("said_at", at.getEpochSecond()));
          logs.add(log.build());
        }
        yield JsonObject.builder()
            .put("present", true)
            .put("checked", true)
            .put("proved", judged.isProved())
            .put("complete", judged.isComplete())
            .put("custodian_known", judged.custodianKnown())
            .put("tokens", judged.checked().proved())
            .put("logs", logs)
            .put("missing_logs", new ArrayList<>(judged.checked().missing()))
            .put("behind_events", new ArrayList<>(judged.behind()))
            .build();
      }
    };
  }

  /** For people. */
  static void say(Outcome outcome) {
    switch (outcome) {
      case Outcome.None _ ->
          System.out.println(
              "Issued tokens: this file contains none, and makes no statement about them.");
      case Outcome.Unchecked _ ->
          System.out.println(
              "Issued tokens: not checked. Name the domain's trust policy with --policy.");
      case Outcome.Judged judged -> say(judged);
    }
  }

  /** What of a log is not in the file. */
  private static String lacking(IssuedBundle.OfLog one) {
    long held = IssuedBundle.size(one);
    return one.isIncomplete()
        ? "INCOMPLETE: the log had published %d entries, and the custodian held %d of them. Tokens among the other %d are not in this file, whenever they were issued."
            .formatted(one.published(), held, one.published() - held)
        : "Tokens that it did not hold then, such as those issued later, are not in this file.";
  }

  private static void say(Outcome.Judged judged) {
    for (IssuedBundle.OfLog one : judged.checked().logs()) {
      String log = PlainText.of(one.log().name(), 255);
      if (!one.verdict().faults().isEmpty()) {
        System.out.printf("Not proved, of issued tokens in log %s:%n", log);
        one.verdict()
            .faults()
            .forEach(fault -> System.out.println("  " + PlainText.of(fault, 400)));
        if (one.verdict().forgotten()) {
          System.out.println("  The oldest counterfoils were deleted after their retention time.");
        }
        continue;
      }
      if (IssuedBundle.size(one) == 0) {
        System.out.printf("Proved: the custodian held no entry of log %s.%n", log);
      } else {
        System.out.printf(
            "Proved: %d issued tokens are in log %s, whose key signed its first %d entries%s.%n",
            one.verdict().proved(),
            log,
            IssuedBundle.size(one),
            one.verdict().shredded() > 0
                ? "; of "
                    + one.verdict().shredded()
                    + " more only the leaves are left, because they were shredded"
                : "");
      }
      one.saidAt()
          .ifPresent(
              at ->
                  System.out.printf(
                      "  Custodian %s stated this about the tokens at %s, %s. %s%n",
                      PlainText.of(one.custodian(), 255), at, Shown.ago(at), lacking(one)));
      if (one.from() > 0) {
        System.out.printf(
            "  They are those from position %d on%s.%n",
            one.from(),
            judged.checked().query().names().isEmpty()
                ? ": the custodian states %d in all, %d of them below that position"
                    .formatted(one.verdict().stated(), one.before())
                : "");
      }
    }
    for (String log : judged.behind()) {
      System.out.printf(
          "Not proved, of issued tokens in log %s: that these are all. The custodian's"
              + " statement is older than the newest event in this file. Ask for the export"
              + " again.%n",
          PlainText.of(log, 255));
    }
    for (String log : judged.checked().missing()) {
      System.out.println("Nothing is here of log " + PlainText.of(log, 255) + ".");
    }
    if (judged.isComplete()) {
      boolean goesOn = judged.checked().logs().stream().anyMatch(one -> one.from() > 0);
      System.out.println(
          judged.custodianKnown()
              ? (goesOn ? "With those before, they are all" : "They are all")
                  + ": as many as the custodian states for the tenant, in every log of"
                  + " the domain."
              : "They are as many as the custodian states, but only this file names its"
                  + " key. Give the key with --custodian-key.");
    }
  }
}
