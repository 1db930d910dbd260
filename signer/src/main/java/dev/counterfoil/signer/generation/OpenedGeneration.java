package dev.counterfoil.signer.generation;

import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.Levels;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogRewoundException;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.signer.door.RecordDoor;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.folders.GenerationNumbers;
import dev.counterfoil.signer.growth.LogEnds;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The generation that a process goes on with, its log opened: the last one, or the next where that
 * one has ended, was put back to an earlier state, or has a name that is taken.
 *
 * @param log its log
 * @param key the log's key
 * @param publicDisk the log's public folder
 * @param isNew whether the log was made just now
 */
public record OpenedGeneration(
    Generation generation, Log log, Ed25519Key key, FileDisk publicDisk, boolean isNew) {
  private static final System.Logger LOG = System.getLogger(OpenedGeneration.class.getName());

  /** Of the tokens that may be unanswered a part only waits for a level: the others go on. */
  private static final int WAITING_MAX = 4_096;

  /** What is needed to open generations. */
  public record Opener(
      SignerConfiguration configuration,
      SealedKeys sealed,
      PrivateKeys custody,
      InstantSource clock,
      GenerationNumbers numbers) {

    /**
     * Opens the generation to go on with. One that is announced waits until the one before it has
     * ended.
     *
     * @throws DamagedGenerationException when its log has not ended and cannot be read back
     */
    public OpenedGeneration open() throws IOException, GeneralSecurityException {
      List<Generation> all = Generation.all(configuration.name(), configuration.process().folder());
      List<Generation> standing = new ArrayList<>();
      for (Generation generation : all) {
        if (generation.isGivenUp()) {
          endGivenUp(generation);
        } else {
          standing.add(generation);
        }
      }
      if (standing.size() > 1 && standing.getLast().announcedAt().isPresent()) {
        Generation before = standing.get(standing.size() - 2);
        // Sealed is not ended: a crash may have left its private halves.
        Optional<OpenedGeneration> goesOn = before.isEnded() ? Optional.empty() : goOn(before);
        if (goesOn.isPresent()) {
          return goesOn.get();
        }
      }
      if (!standing.isEmpty()) {
        Optional<OpenedGeneration> goesOn = goOn(standing.getLast());
        if (goesOn.isPresent()) {
          return goesOn.get();
        }
      }
      Generation next = numbers.next(all.isEmpty() ? 0 : all.getLast().number());
      // Tokens wait for all of them, after a replacement too: one run of the key maker, not three.
      FirstSignerKeys.makeAhead(configuration, sealed, next);
      return open(next);
    }

    /** A generation for later: its log key is made, and its empty log published. */
    KeySet.StatedLog prepare(Generation which) throws IOException, GeneralSecurityException {
      OpenedGeneration opened = open(which);
      try {
        opened.log.checkpoint();
      } finally {
        opened.log.close();
      }
      return new KeySet.StatedLog(
          which.logName(), opened.key.publicKey(), configuration.process().logUrl(which.logName()));
    }

    /** The next generation's number. */
    Generation next() throws IOException {
      return numbers.next(
          Generation.all(configuration.name(), configuration.process().folder())
              .getLast()
              .number());
    }

    /** Ends a generation that was announced and never took over. */
    void endGivenUp(Generation which) throws IOException, GeneralSecurityException {
      if (!which.isSealed()) {
        OpenedGeneration opened = open(which);
        opened.log.seal();
        opened.log.close();
      }
      destroyKeys(which);
    }

    private Optional<OpenedGeneration> goOn(Generation last)
        throws IOException, GeneralSecurityException {
      OpenedGeneration opened;
      try {
        opened = open(last);
      } catch (LogRewoundException e) {
        sealRewound(last, e);
        return Optional.empty();
      } catch (LogDamagedException e) {
        if (!last.isSealed()) {
          throw new DamagedGenerationException(last, e);
        }
        leaveAside(last, e);
        return Optional.empty();
      }
      if (opened.log.isSealed()) {
        // Finishes what a replacement began: the last checkpoint, and no private half is left.
        opened.log.checkpoint();
        end(last, opened.log);
        return Optional.empty();
      }
      if (!opened.isNew
          && opened.log.tree().size() == 0
          && numbers.isTaken(last.logName(), opened.key.publicKey())) {
        // Made while the registrar could not be asked, and nothing was recorded in it.
        end(last, opened.log);
        return Optional.empty();
      }
      return Optional.of(opened);
    }

    private OpenedGeneration open(Generation which) throws IOException, GeneralSecurityException {
      String name = which.logName();
      FileDisk keyDisk = FileDisk.privateFolder(which.keys());
      FileDisk publicDisk =
          FileDisk.publicFolder(configuration.process().logFolder().resolve(name));
      boolean isNew = !keyDisk.names().contains("log.vkey");
      Ed25519Key key =
          Ed25519Key.openOrMake(sealed, keyDisk, "log", configuration.process().origin(name));
      Log opened =
          Log.open(
              FileDisk.privateFolder(which.journal()),
              publicDisk,
              JournalOptions.TOKENS,
              key.notes(),
              clock,
              AwsLc.random(),
              new Levels(
                  new Levels.Options(configuration.releaseWait(), WAITING_MAX), System::nanoTime));
      return new OpenedGeneration(which, opened, key, publicDisk, isNew);
    }

    private void end(Generation old, Log log) throws IOException, GeneralSecurityException {
      log.close();
      destroyKeys(old);
      endRecordLogs(old);
      old.markEnded();
      LOG.log(
          System.Logger.Level.INFO,
          "log {0} has ended. A new generation of keys and a new log begin",
          old.logName());
    }

    /** The private folder was put back and the public one was not: no holder need be asked. */
    private void sealRewound(Generation old, LogRewoundException by)
        throws IOException, GeneralSecurityException {
      LOG.log(
          System.Logger.Level.ERROR,
          "log {0}: {1}. The log ends here, and a new one with new keys begins. Tokens"
              + " from position {2} on are lost, not forged",
          old.logName(),
          by.getMessage(),
          Long.toString(by.records()));
      LogEnds.markRewound(FileDisk.privateFolder(old.folder()), by.known());
      FileDisk.privateFolder(old.journal())
          .replace(Generation.SEALED, (by.records() + "\n").getBytes(StandardCharsets.US_ASCII));
      destroyKeys(old);
      endRecordLogs(old);
      old.markEnded();
    }

    /**
     * It was replaced. Its last checkpoint cannot be signed any more; its journal is left alone.
     */
    private void leaveAside(Generation old, LogDamagedException damage)
        throws IOException, GeneralSecurityException {
      LOG.log(
          System.Logger.Level.ERROR,
          "log {0} has ended and is damaged: {1}. Its journal is left as it is",
          old.logName(),
          damage.getMessage());
      destroyKeys(old);
      endRecordLogs(old);
      old.markEnded();
    }

    private void destroyKeys(Generation old) throws IOException, GeneralSecurityException {
      for (String name : FileDisk.privateFolder(old.keys()).names()) {
        if (name.matches("k[0-9]+\\.statement")) {
          custody.destroy(old.keys(), name.substring(0, name.indexOf('.')));
        }
      }
    }

    private void endRecordLogs(Generation old) throws IOException, GeneralSecurityException {
      try {
        RecordDoor.endAll(configuration, old, sealed, clock);
      } catch (LogDamagedException e) {
        // It takes nothing any more: its generation has ended.
        LOG.log(System.Logger.Level.ERROR, "a record log cannot be sealed: {0}", e.getMessage());
      }
    }
  }
}
