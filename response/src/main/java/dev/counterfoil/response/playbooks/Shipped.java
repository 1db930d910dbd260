package dev.counterfoil.response.playbooks;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The playbooks that come with Counterfoil: nothing that they do alone takes anybody's access. */
public final class Shipped {
  /** Their files, in `shipped/`. */
  public static final List<String> FILES =
      List.of(
          "forged-token-follow-key.yaml",
          "forged-token-replace-signer.yaml",
          "token-disowned.yaml",
          "token-from-two-places.yaml",
          "client-misused.yaml");

  private Shipped() {}

  /** All of them. */
  public static List<Playbook> playbooks() throws ConfigurationException {
    List<Playbook> all = new ArrayList<>();
    for (String file : FILES) {
      all.add(Configuration.parse(Path.of(file), text(file), Playbook.class));
    }
    return List.copyOf(all);
  }

  private static String text(String file) {
    try (InputStream in = Shipped.class.getResourceAsStream("shipped/" + file)) {
      return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
