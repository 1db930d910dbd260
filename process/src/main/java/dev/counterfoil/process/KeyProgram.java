package dev.counterfoil.process;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.IdleHeap;
import dev.counterfoil.configuration.ProcessLog;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.hardening.SelfProtection;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.process.settings.PeerUsers;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;

/** A program that holds keys: starts, runs until it is asked to stop, and says how it ended. */
public final class KeyProgram {
  private static final System.Logger LOG = System.getLogger(KeyProgram.class.getName());

  private final CompletableFuture<ProcessExitCode> ended = new CompletableFuture<>();

  private KeyProgram() {}

  /**
   * What a process has once it is protected and its folder is its own.
   *
   * @param keysAtRest opens its keys
   * @param fate how it ends
   * @param watch what it says of itself
   * @param users who may connect to it
   * @param lock of its folder
   */
  public record Start(
      SealedKeys keysAtRest,
      InstantSource clock,
      Fate fate,
      ProcessWatch watch,
      PeerUsers users,
      Disk.DiskLock lock) {}

  /** What starts the work of one of the two programs. */
  @FunctionalInterface
  public interface Work {
    RoleProcess start(Start with)
        throws IOException, GeneralSecurityException, StartRefusedException;
  }

  /**
   * Runs a program until its end.
   *
   * @return the exit code for the process, of sysexits(3)
   */
  public static int run(KeyProgramConfiguration configuration, Work work) {
    return new KeyProgram().runUntilEnd(configuration, work);
  }

  /**
   * The main method of a program: {@code --config FILE}.
   *
   * @param program its name in the log
   */
  public static <C extends Record> void main(
      String program, String[] args, Class<C> type, ToIntFunction<C> run) {
    if (args.length != 2 || !args[0].equals("--config")) {
      ProcessLog.error("usage: --config FILE");
      System.exit(ProcessExitCode.CONFIGURATION.code());
    }
    C configuration;
    try {
      ProcessLog.begin(program, System.getenv());
      IdleHeap.begin();
      configuration = Configuration.read(Path.of(args[1]), type);
    } catch (ConfigurationException e) {
      ProcessLog.error(String.valueOf(e.getMessage()));
      System.exit(ProcessExitCode.CONFIGURATION.code());
      return;
    }
    System.exit(run.applyAsInt(configuration));
  }

  private int runUntilEnd(KeyProgramConfiguration configuration, Work work) {
    try {
      RoleProcess process = start(configuration, work);
      AtomicBoolean stopping = new AtomicBoolean();
      Thread onSignal = new Thread(() -> stop(process, stopping), "stop");
      Runtime.getRuntime().addShutdownHook(onSignal);
      return ended.join().code();
    } catch (StartRefusedException e) {
      LOG.log(System.Logger.Level.ERROR, e.getMessage());
      return e.exit().code();
    }
  }

  private RoleProcess start(KeyProgramConfiguration configuration, Work work)
      throws StartRefusedException {
    RecentLog log = RecentLog.listen();
    PeerUsers users = peers(configuration);
    ProcessWatch watch = new ProcessWatch(configuration, protect(configuration, users), log);
    AwsLc.assertHealthy();
    try {
      Disk.DiskLock lock = FileDisk.privateFolder(configuration.process().folder()).lock();
      SealedKeys keysAtRest = configuration.process().keys().open(configuration.process().domain());
      RoleProcess process =
          work.start(
              new Start(keysAtRest, InstantSource.system(), new HaltingFate(), watch, users, lock));
      LOG.log(
          System.Logger.Level.INFO,
          configuration.part()
              + " of domain "
              + configuration.process().domain()
              + " listens on "
              + configuration.process().serviceSocket());
      return process;
    } catch (Disk.FolderInUseException e) {
      throw new StartRefusedException(
          ProcessExitCode.FOLDER_IN_USE,
          "folder "
              + configuration.process().folder()
              + " belongs to another process that is running. Stop it first",
          e);
    } catch (LogDamagedException | IOException e) {
      throw new StartRefusedException(
          ProcessExitCode.CONFIGURATION, "cannot start: " + e.getMessage(), e);
    } catch (HsmAwayException e) {
      throw new StartRefusedException(
          ProcessExitCode.UNAVAILABLE, String.valueOf(e.getMessage()), e);
    } catch (GeneralSecurityException e) {
      throw new StartRefusedException(
          ProcessExitCode.KEY_UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Users first. A database that another file took the place of since the Landlock rules were laid
   * can be read at the next start, so that one is worth trying.
   */
  private static PeerUsers peers(KeyProgramConfiguration configuration)
      throws StartRefusedException {
    try {
      return configuration.users();
    } catch (UnixUsers.UnknownUserException | IllegalArgumentException e) {
      throw new StartRefusedException(
          ProcessExitCode.CONFIGURATION, "cannot start: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new StartRefusedException(
          ProcessExitCode.UNAVAILABLE, "cannot start: " + e.getMessage(), e);
    }
  }

  /** Nothing is read or opened before this: what comes later is protected from its first byte. */
  private static List<SelfProtection.Measure> protect(
      KeyProgramConfiguration configuration, PeerUsers users) throws StartRefusedException {
    List<SelfProtection.Measure> protections;
    try {
      protections = SelfProtection.protect(configuration.reach(), users::serves);
    } catch (IOException e) {
      throw new StartRefusedException(
          ProcessExitCode.UNAVAILABLE, "cannot start: " + e.getMessage(), e);
    }
    List<SelfProtection.Measure> missing =
        SelfProtection.missing(protections, configuration.process().acceptLostProtections());
    if (!missing.isEmpty()) {
      throw new StartRefusedException(
          ProcessExitCode.UNPROTECTED,
          "the process does not start, because these protections are missing: "
              + SelfProtection.text(missing)
              + ". To start without them anyway (docs/operate/protection.md), set"
              + " accept-lost-protections: "
              + missing.stream()
                  .map(measure -> measure.protection().loss().orElseThrow().text())
                  .toList());
    }
    for (SelfProtection.Measure measure : protections) {
      if (!measure.holds()) {
        LOG.log(
            System.Logger.Level.WARNING, "protection {0}", SelfProtection.text(List.of(measure)));
      }
    }
    return protections;
  }

  private static void stop(RoleProcess process, AtomicBoolean stopping) {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    try {
      process.close();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "closing failed. The next start recovers", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops the JVM at once where going on could sign what is not recorded. */
  private final class HaltingFate implements Fate {
    @Override
    public void end(ProcessExitCode code) {
      ended.complete(code);
    }

    @Override
    public void journalFailed(Throwable cause) {
      halt(
          ProcessExitCode.JOURNAL_FAILED,
          "the journal failed, so this process stops. Check the disk, then start it again",
          cause);
    }

    @Override
    public void unknownState(Throwable cause) {
      halt(
          ProcessExitCode.INTERNAL,
          "the state is unknown, so this process stops. Start it again",
          cause);
    }

    private static void halt(ProcessExitCode code, String why, Throwable cause) {
      LOG.log(System.Logger.Level.ERROR, why, cause);
      Runtime.getRuntime().halt(code.code());
    }
  }
}
