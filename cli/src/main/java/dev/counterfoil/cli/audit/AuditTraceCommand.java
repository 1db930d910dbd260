package dev.counterfoil.cli.audit;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what a token touched, or who touched a mailbox. */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description = {
      "Says what a token touched, or who read a mailbox, and on what ground.",
      "With --token: back to its issuance (position, key, client, address, proof of the client) and to the client's"
          + " registration, and forward to every event that names it. With --mailbox or --entity, and --from and --to: every"
          + " token that was used there in that time, each traced the same way.",
      "A token that the record does not hold was never issued, however good its signature. Give the token itself where you"
          + " have it: its digest is compared with the record's, since a forged token can copy an issued one's identifier."
          + " That you looked is an event that the tenant sees.",
      "Exit code 0: every token was issued by this domain to this tenant; 1: one was not, or somebody used another under its"
          + " identifier, or there is nothing."
    })
final class AuditTraceCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private AuditOptions options;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    JsonObject query = options.query(null, 0);
    boolean fits =
        query.has("token") != query.has("entity")
            && List.of("token", "entity", "from", "to").containsAll(query.names());
    if (!fits) {
      throw CommandFailure.environment(
          "name --token alone, or --mailbox (or --entity) with --from and --to; the other options are audit search's");
    }
    try {
      Optional<Hash> digest = options.digest();
      JsonObject asked = digest.isEmpty() ? query : query.with("digest", digest.get().hex());
      JsonObject trace = options.events().trace(asked);
      if (digest.isPresent() && !trace.object("asked").has("digest")) {
        throw CommandFailure.unavailable(
            "the monitor is older than this program and does not compare digests: update it");
      }
      if (json) {
        System.out.println(Shown.ascii(trace.toString()));
      } else {
        TraceText.print(trace);
      }
      List<JsonObject> tokens = trace.objects("tokens");
      for (JsonObject token : tokens) {
        if (!token.truth("issued") || token.number("events_of_another_digest") > 0) {
          return ExitCode.NO;
        }
      }
      boolean any = !tokens.isEmpty() || !trace.objects("without_token").isEmpty();
      return any ? ExitCode.OK : ExitCode.NO;
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the monitor's answer is not understood: " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable("the monitor: " + CommandFailure.reason(e));
    }
  }
}
