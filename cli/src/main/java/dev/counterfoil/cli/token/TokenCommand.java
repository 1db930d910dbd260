package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks for a token as a client would. */
@Command(
    name = "token",
    description = {
      "Asks the authority for an access token, as a client with a secret or a key does.",
      "Prints only the token, for a pipe: counterfoil token | counterfoil verify - checks it."
    })
public final class TokenCommand extends InstallationCommand {
  @Option(
      names = "--client",
      paramLabel = "ID",
      defaultValue = "demo",
      description =
          "The client; its secret or key is read from the installation (default: ${DEFAULT-VALUE}).")
  private String client;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "Read the client's secret from this file instead.")
  private @Nullable Path secretFile;

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      description = "The service that the token is for (default: the client's own).")
  private @Nullable String audience;

  @Option(
      names = "--scope",
      paramLabel = "SCOPE",
      description = "The requested scope (default: everything that the client may have).")
  private @Nullable String scope;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the token to a file that only you can read.")
  private @Nullable Path out;

  @Option(
      names = "--forge",
      description =
          "Print a forgery of the token instead, signed with a key that nobody knows."
              + " It shows how services and the monitor react.")
  private boolean forge;

  @Override
  public Integer call() throws IOException, InterruptedException {
    // Before the token is issued: what cannot be kept is not asked for.
    if (out != null && !Files.isDirectory(folderOf(out))) {
      throw CommandFailure.environment(
          "cannot write the token to " + out + ": there is no folder " + folderOf(out));
    }
    String printed = printed(ask());
    if (out == null) {
      System.out.println(printed);
    } else {
      try {
        DataFolder.writeOwnerOnly(out.toAbsolutePath(), printed + "\n");
      } catch (IOException e) {
        throw CommandFailure.environment(
            "cannot write the token to " + out + ": " + CommandFailure.reason(e));
      }
    }
    return ExitCode.OK;
  }

  private JsonObject ask() throws InterruptedException {
    String issuer = installation.policy().issuer();
    Path secret = secretFile != null ? secretFile : installation.context().secret(client);
    Path key = installation.context().privateKey(client);
    return secretFile == null && !Files.exists(secret) && Files.exists(key)
        ? TokenClient.ask(issuer, client, key, audience, scope)
        : TokenClient.ask(issuer, client, TokenClient.secret(secret), audience, scope);
  }

  private static Path folderOf(Path file) {
    Path absolute = file.toAbsolutePath();
    Path parent = absolute.getParent();
    return parent == null ? absolute : parent;
  }

  private String printed(JsonObject answer) {
    if (!forge) {
      return json ? answer.toString() : TokenClient.accessToken(answer);
    }
    try {
      String forged = ForgedToken.from(TokenClient.accessToken(answer));
      return json ? JsonObject.builder().put("forged_token", forged).build().toString() : forged;
    } catch (FormatException e) {
      throw CommandFailure.unavailable(
          "the authority's answer contains no token: " + e.getMessage());
    }
  }
}
