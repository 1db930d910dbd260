package dev.counterfoil.keycloak;

import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderFactory;
import org.keycloak.provider.Spi;

/**
 * Gives the record its own place in Keycloak's configuration: {@code spi-counterfoil--record--}.
 */
public final class RecordSpi implements Spi {
  /** For Keycloak's loader. */
  public RecordSpi() {}

  @Override
  public boolean isInternal() {
    return false;
  }

  @Override
  public String getName() {
    return "counterfoil";
  }

  @Override
  public Class<? extends Provider> getProviderClass() {
    return RecordProvider.class;
  }

  @Override
  public Class<? extends ProviderFactory<?>> getProviderFactoryClass() {
    return RecordProviderFactory.class;
  }
}
