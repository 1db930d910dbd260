package dev.counterfoil.cli.audit.verification;

import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.bundle.FirstPart;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.custodian.check.IssuedBundle;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks an export. */
@Command(
    name = "verify",
    description = {
      "Checks an export offline and shows what it proves.",
      "It reads the events and the issued tokens, and needs no network.",
      "It starts from the domain's trust policy alone (--policy, or the one of the"
          + " installation on this machine). The key log in the bundle is verified from the"
          + " policy's root down, and states the audit log's key. The bundle cannot vouch"
          + " for its own key.",
      "The bundle may contain statements of custodians that they hold the events on"
          + " another host. A statement is checked only if you give the custodian's key"
          + " (--held-by).",
      "If something is wrong with a file whose events are proved, the first line names it.",
      "Exit code 0: every event is proved, and if nothing was selected, none is"
          + " missing; 1: something is missing or was changed; or the bundle is of another"
          + " log; or it has no event and does not show that the tenant has none; or a"
          + " custodian that --held-by names does not state in it that it holds everything; or"
          + " INCOMPLETE: the custodian did not hold all counterfoils that a log had published."
    })
public final class AuditVerifyCommand extends InstallationCommand {
  @Parameters(paramLabel = "FILE", description = "The bundle.")
  private Path file;

  @Mixin private AuditKeyTrust trust;

  @Option(
      names = "--held-by",
      paramLabel = "VKEY",
      description =
          "The key of a custodian on another host, obtained from elsewhere than the"
              + " file. Its statement that it holds the events must be in the file and cover"
              + " all of them. May be repeated. Default: the custodians of the installation"
              + " on this machine, whose statements may be missing.")
  private List<String> heldBy = List.of();

  @Mixin private IssuedVerification issued;

  @Override
  public Integer call() throws InterruptedException {
    try (BufferedInputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      AuditKeyTrust.Candidate key =
          trust.candidate(in, issued.auditKeys(), issued.hasPolicyFile(), installation);
      FirstPart events = new FirstPart(in);
      HeldWords custodians = HeldWords.of(heldBy, issued.hasPolicyFile(), installation);
      AuditBundle.Proved proved = AuditBundle.check(events, key.key(), custodians.keys());
      IssuedVerification.Outcome tokens = issued.check(events, proved, installation);
      AuditKeyTrust.Verdict verdict =
          trust.verdict(
              key,
              proved,
              issued.policy(installation),
              IssuedVerification.keySet(tokens),
              InstantSource.system().instant());
      if (verdict.fault().isPresent()) {
        refused(verdict.fault().get());
        return ExitCode.NO;
      }
      List<String> against = against(proved, tokens, custodians);
      proved(proved, tokens, verdict, custodians, against);
      return against.isEmpty() ? ExitCode.OK : ExitCode.NO;
    } catch (FormatException e) {
      refused(String.valueOf(e.getMessage()));
      return ExitCode.NO;
    } catch (NoSuchFileException e) {
      throw CommandFailure.environment("there is no file " + file);
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + file + ": " + e.getMessage());
    }
  }

  /** What speaks against the file, though each event in it is proved. */
  private static List<String> against(
      AuditBundle.Proved proved, IssuedVerification.Outcome tokens, HeldWords custodians) {
    List<String> against = new ArrayList<>(custodians.against(proved));
    against.addAll(IssuedVerification.against(tokens));
    if (isUnstated(proved)) {
      against.add("nothing shows that the tenant has no event");
    }
    return against;
  }

  /** Nothing was selected, no event is there, and nothing shows that the tenant has none. */
  private static boolean isUnstated(AuditBundle.Proved proved) {
    return proved.query().names().isEmpty() && !proved.complete();
  }

  private void refused(String why) {
    if (json) {
      JsonLine.print(JsonObject.builder().put("proved", false).put("fault", why).build());
    } else {
      System.out.println("Not proved: " + PlainText.of(why) + ".");
      System.out.println("Do not believe anything in this file.");
    }
  }

  private void proved(
      AuditBundle.Proved proved,
      IssuedVerification.Outcome tokens,
      AuditKeyTrust.Verdict verdict,
      HeldWords custodians,
      List<String> against) {
    if (json) {
      JsonLine.print(
          verdict
              .write(JsonObject.builder().put("proved", true))
              .put("log", proved.origin())
              .put("size", proved.size())
              .put("root", proved.root().base64())
              .put("domain", proved.domain())
              .put("tenant", proved.tenant())
              .put("query", proved.query())
              .put("events", proved.events())
              .put("first_time", proved.firstMillis())
              .put("last_time", proved.lastMillis())
              .put("imported", proved.imported())
              .put("deleted", proved.deleted())
              .put("since", proved.since())
              .put("tenant_events", proved.total())
              .put("complete", proved.complete())
              .put("held", custodians.toJson(proved))
              .put("held_ok", custodians.areHeld(proved))
              .put("issued", IssuedVerification.toJson(tokens))
              .put("against", against)
              .build());
      return;
    }
    // Before what holds: whoever reads the first line only shall not take the file for good.
    if (!against.isEmpty()) {
      System.out.println("NOT GOOD  " + String.join("; ", against) + ".");
    }
    events(proved);
    custodians.say(proved);
    System.out.println(verdict.text());
    IssuedVerification.say(tokens);
    System.out.println("To continue from here, run: audit export --since " + since(proved, tokens));
  }

  /** Sizes of all logs, for the export that goes on. */
  private static String since(AuditBundle.Proved proved, IssuedVerification.Outcome tokens) {
    StringBuilder sizes = new StringBuilder(Long.toString(proved.size()));
    if (tokens instanceof IssuedVerification.Outcome.Judged judged) {
      for (IssuedBundle.OfLog one : judged.checked().logs()) {
        String origin = one.log().name();
        if (IssuedBundle.size(one) > 0) {
          sizes
              .append(',')
              .append(PlainText.of(origin.substring(origin.lastIndexOf('/') + 1), 64))
              .append('.')
              .append(IssuedBundle.size(one));
        }
      }
    }
    return sizes.toString();
  }

  private static void events(AuditBundle.Proved proved) {
    System.out.printf(
        "Proved: %d events of tenant %s, domain %s, are in the log %s.%n",
        proved.events(),
        PlainText.of(proved.tenant(), 255),
        PlainText.of(proved.domain(), 255),
        PlainText.of(proved.origin(), 255));
    if (proved.events() > 0) {
      System.out.printf(
          "They are from %s to %s, according to their sources.%n",
          Instant.ofEpochMilli(proved.firstMillis()), Instant.ofEpochMilli(proved.lastMillis()));
    }
    if (proved.imported() > 0) {
      System.out.printf(
          "An operator imported %d of them. The log proves that they existed when they"
              + " were recorded, not at the time that they name.%n",
          proved.imported());
    }
    System.out.printf(
        "The log's key signed its first %d entries under root %s. Since then, none of"
            + " these events can have been changed, added or moved.%n",
        proved.size(), proved.root().base64());
    if (proved.complete()) {
      System.out.printf(
          "Complete%s all %d of the tenant%s.%n",
          proved.since() > 0
              ? " from %d on: with the %d before, they are"
                  .formatted(proved.since(), proved.total() - proved.events() - proved.deleted())
              : ": they are",
          proved.total(),
          proved.deleted() > 0
              ? "; "
                  + proved.deleted()
                  + " were deleted by policy and left their leaves, as an event records"
              : "");
      System.out.println(
          "The log's key alone vouches for that count. To check that the counts leave"
              + " nobody's events out, run counterfoil audit tenants --bundle.");
      System.out.println("Not proved: that what the sources reported is true.");
      return;
    }
    if (isUnstated(proved)) {
      System.out.println(
          "Not proved: that the tenant has none. In this file the log's key states no"
              + " count of this tenant, and somebody on the way may have removed the events."
              + " Ask for the export again.");
      return;
    }
    System.out.println(
        "Not proved: that these are all the events that were asked for ("
            + PlainText.of(proved.query().toString(), 400)
            + "), nor that what the sources reported is true. An export of everything"
            + " proves that it is complete.");
  }
}
