package dev.counterfoil.drills.memory;

import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;

/**
 * A program that holds a key the ordinary way, as a Java object, and protects itself in no way. It
 * makes the key, and leaves the public half and the hint in a folder for the scan.
 */
public final class DecoyMain {
  private DecoyMain() {}

  /** The folder of the drill that started it is the argument. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    DrillFolder.requireOfThisDrill(Path.of(arguments[1]));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    KeyHint hint = KeyHint.of(pair.getPrivate().getEncoded(), "ES256");
    Files.writeString(folder.resolve("decoy.hint"), hint.text());
    Files.write(
        folder.resolve("decoy.jwk"),
        PublicJwk.of(PublicJwk.Algorithm.ES256, pair.getPublic()).toJson().canonicalBytes());
    System.out.println("holding");
    Thread.sleep(Long.MAX_VALUE);
    System.out.println(pair.getPrivate().getAlgorithm());
  }
}
