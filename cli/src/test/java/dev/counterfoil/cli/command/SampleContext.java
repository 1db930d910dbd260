package dev.counterfoil.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A file of contexts with one domain, in the layout of a data folder. */
public final class SampleContext {
  private SampleContext() {}

  public static void write(Path data, String domain, String... signers) throws IOException {
    Files.writeString(data.resolve(ContextPlace.NAME), "contexts:\n" + text(domain, signers));
  }

  /** One entry of contexts. */
  public static String text(String domain, String... signers) {
    return """
          - name: DOMAIN
            domain: DOMAIN
            policy: domains/DOMAIN/policy.txt
            data: .
            log-folder: domains/DOMAIN/log
            clients: domains/DOMAIN/clients
            authority: {admin-socket: domains/DOMAIN/authority/admin.sock}
            monitor: {admin-socket: monitor/admin.sock, url: "http://127.0.0.1:8481", folder: monitor}
            registrar:
              admin-socket: domains/DOMAIN/registrar/admin.sock
              folder: domains/DOMAIN/registrar
              configuration: domains/DOMAIN/registrar/registrar.yaml
            signers:
        """
            .replace("DOMAIN", domain)
        + Stream.of(signers)
            .map(
                name ->
                    """
                          - name: %s
                            admin-socket: FOLDER/admin.sock
                            folder: FOLDER
                            configuration: FOLDER/signer.yaml
                    """
                        .formatted(name)
                        .replace(
                            "FOLDER",
                            "domains/%s/signer%s"
                                .formatted(domain, name.equals("s1") ? "" : "-" + name)))
            .collect(Collectors.joining());
  }
}
