package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.audit.reading.AuditReadingCommand;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/** Says what a token touched, or who touched a mailbox. */
@Command(
    name = "trace",
    description = {
      "Shows what a token touched, or who read a mailbox, and on what ground.",
      "With --token it traces back to the token's issuance (position, key, client,"
          + " address, proof of the client) and the client's registration, and forward to"
          + " every event that names the token. With --mailbox or --entity, and --from and"
          + " --to, it traces every token that was used there in that time in the same way.",
      "A token that the record does not hold was never issued, however good its"
          + " signature. Give the token itself if you have it: a forged token can copy an"
          + " issued token's identifier, so its digest is compared with the record's. Your"
          + " search is recorded as an event that the tenant sees. What verifiers saw and nobody"
          + " reported as an event is in counterfoil findings and keys report.",
      "Exit code 0: this domain issued every token to this tenant, or recorded it for an attached"
          + " issuer; 1: one was not issued, an event has another token under its identifier, or there is nothing;"
          + " 4: of one nobody can tell, because its log published it and the monitor does"
          + " not hold its counterfoil, because its log has two histories, because the monitor"
          + " could not read its log lately, or because it names another issuer."
    })
final class AuditTraceCommand extends AuditReadingCommand {
  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    JsonObject query = options.query(null, 0);
    boolean fits =
        query.has("token") != query.has("entity")
            && List.of("token", "entity", "from", "to").containsAll(query.names());
    if (!fits) {
      throw CommandFailure.environment(
          "name --token alone, or --mailbox (or --entity) with --from and --to. The other options belong to audit search");
    }
    Optional<Hash> digest = options.digest();
    JsonObject asked = digest.isEmpty() ? query : query.with("digest", digest.get().hex());
    Optional<String> issuer = options.issuer();
    if (issuer.isPresent()) {
      asked = asked.with("issuer", issuer.get());
    }
    JsonObject trace = events().trace(asked);
    if (digest.isPresent() && !trace.object("asked").has("digest")) {
      throw CommandFailure.unavailable(
          "the monitor is older than this program and does not compare digests. Update it");
    }
    if (json) {
      System.out.println(Shown.ascii(trace.toString()));
    } else {
      TraceText.print(trace);
    }
    return code(trace);
  }

  /** The exit code for what was traced. */
  private static int code(JsonObject trace) throws FormatException {
    List<JsonObject> tokens = trace.objects("tokens");
    boolean isKnown = true;
    for (JsonObject token : tokens) {
      String code = token.truth("issued") ? "" : token.object("not_issued").string("code");
      boolean isNotHeld = TraceText.NOT_KNOWN.contains(code);
      boolean isOurs = token.truth("issued") || code.equals(TraceText.RECORDED_ELSEWHERE);
      isKnown &= !isNotHeld;
      if ((!isOurs && !isNotHeld) || token.number("events_of_another_digest") > 0) {
        return ExitCode.NO;
      }
    }
    if (!isKnown) {
      return ExitCode.UNAVAILABLE;
    }
    boolean any = !tokens.isEmpty() || !trace.objects("without_token").isEmpty();
    return any ? ExitCode.OK : ExitCode.NO;
  }
}
