package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.OperatorClient;
import dev.counterfoil.installation.OperatorException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says of keys that they may be stolen. */
@Command(
    name = "taint",
    mixinStandardHelpOptions = true,
    description = {
      "Marks keys as possibly stolen, before that is certain.",
      "The signer stops signing with them and makes new ones. No token dated later is"
          + " accepted, and a verifier that sees one raises an alarm. Earlier tokens stay"
          + " valid. This cannot be undone; running it again changes nothing."
    })
public final class KeysTaintCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Parameters(
      arity = "1..*",
      paramLabel = "KID",
      description = "Thumbprints of the keys. To list them, run counterfoil keys list.")
  private List<String> kids = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    OperatorClient operators = new OperatorClient(installation.context());
    boolean changed = false;
    for (String kid : kids) {
      try {
        boolean now = operators.taint(kid);
        changed |= now;
        if (!json) {
          System.out.println((now ? "TAINTED" : "TAINTED ALREADY") + "  " + kid);
        }
      } catch (OperatorException e) {
        throw failed(e);
      }
    }
    if (json) {
      System.out.println(JsonObject.builder().put("kids", kids).put("changed", changed).build());
    }
    return ExitCode.OK;
  }

  /** What was refused is a no; who does not answer is away. */
  public static CommandFailure failed(OperatorException e) {
    String message = String.valueOf(e.getMessage());
    return e.isRefused() ? CommandFailure.no(message) : CommandFailure.unavailable(message);
  }
}
