package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.cli.apply.ApplyYaml;
import dev.counterfoil.cli.apply.PresentState;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes people, groups and clients as a file that apply takes. */
@Command(
    name = "export",
    description = {
      "Prints people, groups and clients as a file that counterfoil apply takes.",
      "No secret, password or passkey is in it: it is no backup."
    })
final class ExportCommand extends ClientCommand.Managing {
  @Option(
      names = "--tenant",
      paramLabel = "NAME",
      description = "Only this tenant. May be repeated (default: all).")
  private @Nullable List<String> named;

  @Override
  void manage(AuthorityAdmin admin)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    Optional<SortedSet<String>> tenants =
        named == null ? Optional.empty() : Optional.of(new TreeSet<>(named));
    String yaml = ApplyYaml.of(PresentState.read(admin, tenants), tenants);
    print(JsonObject.builder().put("file", yaml).build(), yaml.stripTrailing());
  }
}
