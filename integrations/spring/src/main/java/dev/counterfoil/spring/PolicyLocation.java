package dev.counterfoil.spring;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.regex.Pattern;
import org.springframework.boot.io.ApplicationResourceLoader;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;

/** Where the trust policy is read from, once, at the start. */
final class PolicyLocation {
  /** A policy names a root, a log and some witnesses. */
  private static final int BYTES_MAX = 1024 * 1024;

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private PolicyLocation() {}

  /**
   * Reads it.
   *
   * @param location a file's path, or what Spring Boot reads resources from
   */
  static TrustPolicy read(String location, ResourceLoader loader) {
    Resource resource =
        SCHEME.matcher(location).matches()
            ? ApplicationResourceLoader.get(loader).getResource(location)
            : new FileSystemResource(location);
    try (InputStream in = resource.getInputStream()) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw new FormatException("it is longer than " + BYTES_MAX + " bytes");
      }
      return TrustPolicy.parse(bytes);
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw problem(location, "which is not there, or may not be read", e);
    } catch (IOException e) {
      throw problem(location, "which cannot be read (" + e.getMessage() + ")", e);
    } catch (FormatException e) {
      throw problem(location, "which is no trust policy: " + e.getMessage(), e);
    }
  }

  private static StartProblem problem(String location, String what, Exception cause) {
    // What stands inline is the policy, and long.
    String shown = location.startsWith("base64:") ? "given as base64" : location;
    return new StartProblem(
        "counterfoil.policy is " + shown + ", " + what + ".",
        "Set counterfoil.policy to the file policy.txt that your issuer gives you: it lies in"
            + " counterfoil-data/domains/DOMAIN/ of its installation. A path, or a location such as"
            + " classpath:policy.txt.",
        cause);
  }
}
