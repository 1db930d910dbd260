package dev.counterfoil.installation.layout;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * Where everything of an installation lies. Folders are for their owner alone.
 *
 * @param path the data folder, absolute
 */
public record DataFolder(Path path) {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  public DataFolder {
    path = path.toAbsolutePath().normalize();
  }

  /** The trial root's folder. */
  public Path root() {
    return path.resolve("root");
  }

  /** What the processes print. */
  public Path logs() {
    return path.resolve("logs");
  }

  /** The authority's configuration and admin socket. */
  public Path authority() {
    return path.resolve("authority");
  }

  /** The monitor's configuration, database and admin socket. */
  public Path monitor() {
    return path.resolve("monitor");
  }

  /** What the monitor lays down so that a domain's registrar states the audit log's key. */
  public Path auditLogRequest(String domain) {
    return monitor().resolve(AuditLogRequest.fileName(domain));
  }

  /** The authority's configuration file. */
  public Path authorityConfiguration() {
    return authority().resolve("authority.yaml");
  }

  /** The monitor's configuration file. */
  public Path monitorConfiguration() {
    return monitor().resolve("monitor.yaml");
  }

  /** The console's folder. */
  public Path console() {
    return path.resolve("console");
  }

  /** The console's configuration. */
  public Path consoleConfiguration() {
    return console().resolve("console.yaml");
  }

  /** The response process's configuration, database and admin socket. */
  public Path response() {
    return path.resolve("response");
  }

  /** The response process's configuration file. */
  public Path responseConfiguration() {
    return response().resolve("response.yaml");
  }

  /** The disclosure process's configuration, keys, record and admin socket. */
  public Path disclosure() {
    return path.resolve("disclosure");
  }

  /** What the disclosure process publishes, for any web server. */
  public Path disclosed() {
    return path.resolve("disclosure-public");
  }

  /** The disclosure process's configuration file. */
  public Path disclosureConfiguration() {
    return disclosure().resolve("disclosure.yaml");
  }

  /** What tells the command line where the processes are. */
  public Path contexts() {
    return path.resolve("cli.yaml");
  }

  /** Where the processes of a domain are, as the last start wrote it. */
  public Context context(String domain) throws IOException {
    try {
      return ContextFile.read(contexts())
          .ofDomain(domain)
          .orElseThrow(() -> new IOException(contexts() + " has no domain " + domain));
    } catch (ConfigurationException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** A trust domain's folder. */
  public DomainFolder domain(String name) {
    return new DomainFolder(path.resolve("domains").resolve(name));
  }

  /**
   * One trust domain's part.
   *
   * @param path its folder
   */
  public record DomainFolder(Path path) {
    /** What verifiers start from. */
    public Path policy() {
      return path.resolve("policy.txt");
    }

    /**
     * The issuer of a domain that is there; empty where it is to be made.
     *
     * @throws IOException when its policy cannot be read
     */
    Optional<URI> issuer() throws IOException {
      if (!Files.exists(policy())) {
        return Optional.empty();
      }
      try {
        return Optional.of(URI.create(TrustPolicy.parse(Files.readAllBytes(policy())).issuer()));
      } catch (FormatException e) {
        throw new IOException(policy() + " is damaged: " + e.getMessage(), e);
      }
    }

    /** The registrar's keys, journal and sockets. */
    public Path registrar() {
      return path.resolve("registrar");
    }

    /** The keys, journals and sockets of the signer that issues. */
    public Path signer() {
      return path.resolve("signer");
    }

    /** The same of a signer by its name: a spare has a folder of its own. */
    public Path signer(String name) {
      return name.equals(SignerName.FIRST) ? signer() : path.resolve("signer-" + name);
    }

    /** The configuration file of a signer by its name. */
    public Path signerConfiguration(String name) {
      return signer(name).resolve("signer.yaml");
    }

    /** The public read sides of the domain's logs, one folder each. */
    public Path log() {
      return path.resolve("log");
    }

    /** The registrar's configuration file. */
    public Path registrarConfiguration() {
      return registrar().resolve("registrar.yaml");
    }

    /**
     * The mark that the domain's key log is new and does not state the audit log yet: made before
     * its key is, gone when the audit log is stated.
     */
    public Path keyLogBegins() {
      return path.resolve("key-log-begins");
    }

    /** The signer's configuration file. */
    public Path signerConfiguration() {
      return signer().resolve("signer.yaml");
    }

    /** The domain's client store. */
    public Path authority() {
      return path.resolve("authority");
    }

    /** The socket on which the domain's clients are managed. */
    public Path clientAdminSocket() {
      return authority().resolve("admin.sock");
    }

    /** The journal of a log; its short name says which generation of the signer it belongs to. */
    public Path journal(String log) {
      int generation = log.lastIndexOf('g');
      return signer(log.substring(0, generation))
          .resolve(log.substring(generation))
          .resolve("journal");
    }

    /** Credentials of the clients that the first start made. */
    public Path clients() {
      return path.resolve("clients");
    }

    /** The secret of a client. */
    public Path secret(String clientId) {
      return clients().resolve(clientId + ".secret");
    }

    /** The private key of a client, a JWK. */
    public Path privateKey(String clientId) {
      return clients().resolve(clientId + ".jwk");
    }
  }

  /** Makes a folder and those above it that only the owner can enter. */
  public static Path ownerOnly(Path folder) throws IOException {
    return Files.createDirectories(folder, OWNER_ONLY_FOLDER);
  }

  /** Writes a file that only the owner can read, whole or not at all. */
  public static void writeOwnerOnly(Path file, String content) throws IOException {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IOException("no folder for " + file);
    }
    Path fresh = Files.createTempFile(parent, ".new", "", OWNER_ONLY_FILE);
    Files.writeString(fresh, content, StandardCharsets.UTF_8, StandardOpenOption.SYNC);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
