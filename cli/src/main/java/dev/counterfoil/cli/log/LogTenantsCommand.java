package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.CustodianOptions;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.custodian.check.CountsCheck;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import java.io.IOException;
import java.net.http.HttpClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists how many tokens each tenant has, and checks that nobody's are left out. */
@Command(
    name = "tenants",
    description = {
      "Lists how many tokens each tenant has, and checks that none are left out.",
      "A custodian gives the counts. They must be the ones that it states, and add up"
          + " to the log's size.",
      "The access token is of an auditor's client, for the custodian as its audience,"
          + " with scope counterfoil:custody-audit. A tenant sees only its own count, with"
          + " counterfoil log tenant.",
      "Exit code 0: these are all; 1: they are not, and each difference is named."
    })
final class LogTenantsCommand extends PrintingCommand {
  @Mixin private CustodianOptions custodian;

  @Override
  public Integer call() throws FormatException, InterruptedException {
    boolean isAll = true;
    try (HttpClient http = CustodianOptions.http()) {
      CountsCheck check =
          new CountsCheck(http, custodian.url(), custodian.key(), custodian.token());
      for (NoteKey log : custodian.logs()) {
        CountsCheck.Verdict verdict = check.check(log);
        show(log, verdict);
        isAll &= verdict.isAll();
      }
    } catch (IOException e) {
      throw CommandFailure.unavailable("the custodian: " + e.getMessage());
    }
    return isAll ? ExitCode.OK : ExitCode.NO;
  }

  private void show(NoteKey log, CountsCheck.Verdict verdict) {
    if (json) {
      JsonObject.Builder line = JsonObject.builder().put("log", log.name());
      verdict.head().ifPresent(head -> line.put("size", head.size()));
      JsonLine.print(
          line.put("all", verdict.isAll())
              .put(
                  "counts",
                  verdict.counts().stream()
                      .map(
                          count ->
                              JsonObject.builder()
                                  .put("tenant", count.tenant())
                                  .put("count", count.count())
                                  .build())
                      .toList())
              .put("fault", verdict.fault().orElse(null))
              .build());
      return;
    }
    long size = verdict.head().map(Checkpoint::size).orElse(0L);
    System.out.printf(
        verdict.isAll()
            ? "These are all tenants of the first %d tokens of %s:%n"
            : "These are not all tenants of the first %d tokens of %s:%n",
        size,
        log.name());
    verdict.fault().ifPresent(fault -> System.out.println("  " + fault));
    for (TenantCount count : verdict.counts()) {
      System.out.printf("%12d  %s%n", count.count(), count.tenant());
    }
  }
}
