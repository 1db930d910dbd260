package dev.counterfoil.cli.signer;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.installation.doctor.Doctor;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The processes that hold keys. */
@Command(
    name = "signer",
    mixinStandardHelpOptions = true,
    description = "Examines signer and registrar, and announces a log's successor.",
    subcommands = {
      SignerDoctorCommand.class,
      SignerDiagnoseCommand.class,
      SignerSucceedCommand.class
    })
public final class SignerCommand {
  private SignerCommand() {}

  /**
   * A process that a command is about.
   *
   * @param file its configuration file
   * @param configuration what stands there
   */
  record Subject(Path file, KeyProgramConfiguration configuration) {}

  /** Which processes a command is about: those of an installation, or one by its file. */
  static final class Subjects {
    @Mixin private InstallationOptions installation;

    @Option(
        names = "--process",
        paramLabel = "FILE",
        description =
            "The configuration file of one signer or registrar, instead of all in the context.")
    private @Nullable Path configurationFile;

    List<Subject> all() {
      List<Path> files = new ArrayList<>();
      if (configurationFile != null) {
        files.add(configurationFile.toAbsolutePath().normalize());
      } else {
        Context context = installation.context();
        context.signers().stream().map(Context.Signer::configuration).forEach(files::add);
        files.add(context.registrar().configuration());
      }
      return files.stream().map(Subjects::read).toList();
    }

    /** Where keys lie: the installation's data, or around one process's folder. */
    Path zone(Subject subject) {
      return configurationFile == null
          ? installation.context().data()
          : subject.configuration().process().folder().resolveSibling("");
    }

    private static Subject read(Path file) {
      try {
        return new Subject(file, Doctor.read(file));
      } catch (ConfigurationException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
  }
}
