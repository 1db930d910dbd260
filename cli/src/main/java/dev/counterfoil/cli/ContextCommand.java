package dev.counterfoil.cli;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.ContextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows where the processes are that commands ask, and chooses among several installations. */
@Command(
    name = "context",
    mixinStandardHelpOptions = true,
    description = {
      "Shows where the processes are that commands connect to.",
      "It also selects one of several contexts. A context is one trust domain: the"
          + " admin sockets of its authority, monitor, registrar and signers, its policy and"
          + " its folders. counterfoil up writes the file of contexts into its data folder."
          + " For services the file is /etc/counterfoil/cli.yaml. See"
          + " docs/operate/installing.md."
    },
    subcommands = {
      ContextCommand.ListAll.class,
      ContextCommand.Show.class,
      ContextCommand.Use.class
    })
final class ContextCommand {
  private ContextCommand() {}

  /** Lists the contexts of a file. */
  @Command(
      name = "list",
      description = "Lists the contexts in the file; * marks the one that commands use.")
  static final class ListAll extends InstallationCommand {
    @Override
    public Integer call() {
      ContextFile file = installation.contexts();
      String taken = installation.hasContext() ? installation.context().name() : "";
      if (json) {
        JsonLine.print(
            JsonObject.builder()
                .put("file", installation.file().toAbsolutePath().toString())
                .put("current", taken.isEmpty() ? null : taken)
                .put("contexts", file.contexts().stream().map(Context::name).toList())
                .build());
        return ExitCode.OK;
      }
      System.out.println("In " + installation.file().toAbsolutePath() + ":");
      for (Context context : file.contexts()) {
        System.out.printf(
            "%s %s (domain %s)%n",
            context.name().equals(taken) ? "*" : " ", context.name(), context.domain());
      }
      return ExitCode.OK;
    }
  }

  /** Shows one. */
  @Command(
      name = "show",
      description = "Shows where a context's processes, policy and folders are.")
  static final class Show extends InstallationCommand {
    @Override
    public Integer call() {
      Context context = installation.context();
      Map<String, String> rows = new TreeMap<>();
      rows.put("authority admin-socket", context.authority().adminSocket().toString());
      rows.put("clients", context.clients().toString());
      rows.put("data", context.data().toString());
      rows.put("log-folder", context.logFolder().toString());
      rows.put("monitor admin-socket", context.monitor().adminSocket().toString());
      rows.put("monitor folder", context.monitor().folder().toString());
      rows.put("monitor url", context.monitor().url().toString());
      rows.put("policy", context.policy().toString());
      rows.put("registrar admin-socket", context.registrar().adminSocket().toString());
      rows.put("registrar folder", context.registrar().folder().toString());
      for (Context.Signer signer : context.signers()) {
        rows.put("signer " + signer.name() + " admin-socket", signer.adminSocket().toString());
        rows.put("signer " + signer.name() + " folder", signer.folder().toString());
      }
      if (json) {
        JsonObject.Builder object =
            JsonObject.builder().put("name", context.name()).put("domain", context.domain());
        rows.forEach((name, value) -> object.put(name.replace(' ', '_'), value));
        JsonLine.print(object.build());
        return ExitCode.OK;
      }
      System.out.printf(
          "Context %s, domain %s, in %s%n",
          context.name(), context.domain(), installation.file().toAbsolutePath());
      rows.forEach((name, value) -> System.out.printf("  %-24s %s%n", name, value));
      return ExitCode.OK;
    }
  }

  /** Chooses one. */
  @Command(name = "use", description = "Selects the context that commands use when none is named.")
  static final class Use extends InstallationCommand {
    @Parameters(paramLabel = "NAME", description = "The context.")
    private String name;

    @Override
    public Integer call() {
      if (installation.contexts().contexts().stream().noneMatch(of -> of.name().equals(name))) {
        throw CommandFailure.environment(
            "there is no context "
                + name
                + ". To list the contexts, run: counterfoil context list");
      }
      Path file = installation.file().toAbsolutePath();
      try {
        replace(file, ContextFile.withCurrent(Files.readString(file), name));
      } catch (IOException e) {
        throw CommandFailure.environment("cannot write " + file + ": " + e.getMessage());
      }
      print(
          JsonObject.builder().put("file", file.toString()).put("current", name).build(),
          "Commands use context " + name + " of " + file + ".");
      return ExitCode.OK;
    }

    /** Whole or not at all, and for the same users as before. */
    private static void replace(Path file, String text) throws IOException {
      PosixFileAttributes before = Files.readAttributes(file, PosixFileAttributes.class);
      Path fresh = file.resolveSibling("." + file.getFileName() + ".new");
      Files.writeString(fresh, text);
      @Nullable PosixFileAttributeView view =
          Files.getFileAttributeView(fresh, PosixFileAttributeView.class);
      if (view != null) {
        view.setPermissions(before.permissions());
        view.setGroup(before.group());
        view.setOwner(before.owner());
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
