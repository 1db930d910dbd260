package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.CustodianOptions;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.custodian.check.TenantCheck;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists a tenant's tokens and checks that these are all. */
@Command(
    name = "tenant",
    description = {
      "Fetches every counterfoil of a tenant from a custodian, and proves each.",
      "It compares their number with the one that the custodian states, so the tenant"
          + " can be sure that these are all.",
      "The access token is of a client of the tenant, for the custodian as its"
          + " audience, with scope counterfoil:tenant. Exit code 0: these are all; 1: they"
          + " are not, and each difference is named."
    })
final class LogTenantCommand extends PrintingCommand {
  @Parameters(paramLabel = "TENANT", description = "The tenant.")
  private String tenant;

  @Mixin private CustodianOptions custodian;

  @Option(names = "--list", description = "Print a line for each counterfoil.")
  private boolean list;

  @Override
  public Integer call() throws FormatException, InterruptedException {
    boolean isAll = true;
    try (HttpClient http = CustodianOptions.http()) {
      TenantCheck check =
          new TenantCheck(http, custodian.url(), custodian.key(), custodian.token());
      for (NoteKey log : custodian.logs()) {
        TenantCheck.Verdict verdict = check.check(log, tenant, this::show);
        show(log, verdict);
        isAll &= verdict.isAll();
      }
    } catch (IOException e) {
      throw CommandFailure.unavailable("the custodian: " + e.getMessage());
    }
    return isAll ? ExitCode.OK : ExitCode.NO;
  }

  private void show(HeldToken token) {
    if (!list) {
      return;
    }
    JsonObject.Builder line = JsonObject.builder().put("position", token.position());
    for (String claim : List.of("jti", "sub", "client_id")) {
      line.put(claim, token.text(claim).orElse(null));
    }
    token.number("iat").ifPresent(at -> line.put("iat", at));
    token.number("exp").ifPresent(at -> line.put("exp", at));
    JsonLine.print(line.build());
  }

  private void show(NoteKey log, TenantCheck.Verdict verdict) {
    if (json) {
      JsonObject.Builder line = JsonObject.builder().put("log", log.name()).put("tenant", tenant);
      verdict.head().ifPresent(head -> line.put("size", head.size()));
      JsonLine.print(
          line.put("all", verdict.isAll())
              .put("stated", verdict.stated())
              .put("proved", verdict.proved())
              .put("shredded", verdict.shredded())
              .put("older_forgotten", verdict.forgotten())
              .put("faults", new ArrayList<>(verdict.faults()))
              .build());
      return;
    }
    if (verdict.isAll()) {
      System.out.printf(
          "These are all: %d tokens of %s among the first %d of %s.%n",
          verdict.proved(), tenant, verdict.head().map(Checkpoint::size).orElse(0L), log.name());
      return;
    }
    System.out.printf("%s: these are not all, or do not belong to the log:%n", log.name());
    verdict.faults().forEach(fault -> System.out.println("  " + fault));
    if (verdict.forgotten()) {
      System.out.println(
          "  The custodian no longer keeps the oldest counterfoils. Those may be what"
              + " is missing.");
    }
  }
}
