metadata description = 'Everything in the resource group: identities, storage, vault, monitoring, plan and site.'

@minLength(1)
@maxLength(64)
@description('The name of the environment; resource names derive from it.')
param environmentName string

@description('The region of every resource.')
param location string = resourceGroup().location

@description('FC1 = Flex Consumption, billed by use; EP1 = Elastic Premium, for clouds and regions without Flex.')
@allowed(['FC1', 'EP1'])
param sku string = 'FC1'

@description('How storage keeps copies: in the zones of the region (ZRS), where it has zones, or in one place (LRS); with G also in the paired region.')
@allowed(['Standard_ZRS', 'Standard_LRS', 'Standard_GZRS', 'Standard_GRS'])
param storageSku string = 'Standard_ZRS'

@description('Whether storage and vault are reachable only from a virtual network.')
param networkIsolation bool = false

@description('Whether HR uploads over SFTP, to a storage account of its own.')
param sftp bool = false

@description('Public IPv4 addresses or ranges from which HR uploads over SFTP past the network isolation.')
param sftpAddresses string[] = []

@description('The client id of the app registration with which people sign in; empty = sign-in is not configured, and the app refuses every call.')
param signInClientId string = ''

@description('The object id of the group that uploads exports and downloads results; empty = no group, until you assign its roles.')
param hrGroupId string = ''

@description('Application settings that differ from their defaults, by name; docs/settings.md lists all.')
param settings object = {}

@description('Instances that are always ready for blob events.')
@minValue(0)
param alwaysReadyBlobInstances int = 1

@description('The most instances of each function group; of EP1 at most 3 together.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Days for which the journal cannot be changed or deleted.')
@minValue(1)
param journalRetentionDays int = 365

@description('Whether the journal\'s immutability policy was locked. A deployment then leaves the policy as it is, because a locked one cannot be deployed again.')
param journalLocked bool = false

@description('Where alerts are sent by e-mail; empty = no alerts are sent.')
param alertEmail string = ''

@description('Days without an export after which an alert is sent.')
@minValue(1)
param noExportDays int = 35

@description('Whether notifications go to the URLs in the secrets notify-urls and notify-key of the vault; make the secrets first.')
param notifications bool = false

@description('Whether the app sends traces, metrics and its log by OpenTelemetry; docs/telemetry.md says what.')
param telemetry bool = false

@description('The URL of app.zip, by make package, that is deployed with the resources; empty = the code follows. Anyone who can change that file controls the app.')
param packageUri string = ''

@description('The tags of every resource.')
param tags object = {}

var token = uniqueString(subscription().id, resourceGroup().id, environmentName)
var accounts = {
  host: 'sthost${token}'
  data: 'stdata${token}'
  exports: sftp ? 'stexp${token}' : 'stdata${token}'
  journal: 'stjrn${token}'
}
var names = {
  exports: settings.?EXPORTS_CONTAINER ?? defaults.EXPORTS_CONTAINER
  returns: settings.?RETURNS_CONTAINER ?? defaults.RETURNS_CONTAINER
  done: settings.?DONE_CONTAINER ?? defaults.DONE_CONTAINER
  results: settings.?RESULTS_CONTAINER ?? defaults.RESULTS_CONTAINER
  quarantine: settings.?QUARANTINE_CONTAINER ?? defaults.QUARANTINE_CONTAINER
  journal: settings.?JOURNAL_CONTAINER ?? defaults.JOURNAL_CONTAINER
  package: 'app-package'
  deadLetters: 'event-dead-letters'
}
var exportContainers = [names.exports, names.returns, names.done]
// a second net, should the app's own retention fail: a month later at least, whatever that is set to
func lastDay(kept int) int => max(400, kept + 30)
var exportExpiries = [
  { container: names.exports, days: lastDay(int(settings.?KEEP_EXPORTS_DAYS ?? defaults.KEEP_EXPORTS_DAYS)) }
  { container: names.returns, days: lastDay(int(settings.?KEEP_RETURNS_DAYS ?? defaults.KEEP_RETURNS_DAYS)) }
  { container: names.done, days: lastDay(int(settings.?KEEP_EXPORTS_DAYS ?? defaults.KEEP_EXPORTS_DAYS)) }
  { container: names.deadLetters, days: 90 }
]
var dataExpiries = [
  { container: names.results, days: lastDay(int(settings.?KEEP_RESULTS_DAYS ?? defaults.KEEP_RESULTS_DAYS)) }
  { container: names.quarantine, days: lastDay(int(settings.?KEEP_QUARANTINE_DAYS ?? defaults.KEEP_QUARANTINE_DAYS)) }
]
var defaults = loadJsonContent('settings.json')
var vaultName = 'kv-${token}'
var indexKey = '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=value-index-key)' // scripts/make_index_key.py makes it
var notifySecrets = {
  NOTIFY_URLS: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=notify-urls)'
  NOTIFY_KEY: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=notify-key)'
}
var telemetrySettings = {
  AzureFunctionsJobHost__telemetryMode: 'OpenTelemetry'
  PYTHON_ENABLE_OPENTELEMETRY: 'true'
  APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL: 'true'
  APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED: 'true'
}
var ownQueues = [
  settings.?PLAN_QUEUE ?? defaults.PLAN_QUEUE
  settings.?APPLY_QUEUE ?? defaults.APPLY_QUEUE
  settings.?STEPS_QUEUE ?? defaults.STEPS_QUEUE
]
var eventsQueue = settings.?NOTIFY_QUEUE ?? defaults.NOTIFY_QUEUE
var dataQueues = concat(ownQueues, map(ownQueues, queue => '${queue}-poison'), [eventsQueue])
var blobPoisonQueue = 'webjobs-blobtrigger-poison' // the host chooses this name, in the account of the exports
var ownTables = [
  settings.?RUNS_TABLE ?? defaults.RUNS_TABLE
  settings.?ROWS_TABLE ?? defaults.ROWS_TABLE
  settings.?PEOPLE_TABLE ?? defaults.PEOPLE_TABLE
  settings.?LAYOUTS_TABLE ?? defaults.LAYOUTS_TABLE
]

resource appIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-app-${token}'
  location: location
  tags: tags
}

resource signInIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-sign-in-${token}'
  location: location
  tags: tags
}

module network 'modules/network.bicep' = if (networkIsolation) {
  params: {
    token: token
    location: location
    sku: sku
    tags: tags
  }
}

module hostStorage 'modules/storage.bicep' = {
  params: {
    name: accounts.host
    location: location
    sku: storageSku
    containers: [names.package]
    networkIsolation: networkIsolation
    tags: tags
  }
}

module dataStorage 'modules/storage.bicep' = {
  params: {
    name: accounts.data
    location: location
    sku: storageSku
    containers: concat([names.results, names.quarantine], sftp ? [] : [...exportContainers, names.deadLetters])
    queues: concat(dataQueues, sftp ? [] : [blobPoisonQueue])
    tables: ownTables
    softDeleteDays: 7
    expiries: concat(dataExpiries, sftp ? [] : exportExpiries)
    networkIsolation: networkIsolation
    admitsEventGrid: !sftp
    tags: tags
  }
}

module exportStorage 'modules/storage.bicep' = if (sftp) {
  params: {
    name: accounts.exports
    location: location
    sku: storageSku
    containers: [...exportContainers, names.deadLetters]
    queues: [blobPoisonQueue]
    softDeleteDays: 7
    expiries: exportExpiries
    sftp: true
    ipAddresses: sftpAddresses
    networkIsolation: networkIsolation
    admitsEventGrid: true
    tags: tags
  }
}

module journalStorage 'modules/storage.bicep' = {
  params: {
    name: accounts.journal
    location: location
    sku: storageSku
    containers: [names.journal]
    immutableDays: journalLocked ? 0 : journalRetentionDays
    networkIsolation: networkIsolation
    tags: tags
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: vaultName
    location: location
    networkIsolation: networkIsolation
    readerName: appIdentity.name
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    token: token
    location: location
    publisherName: appIdentity.name
    tags: tags
  }
}

module monitor 'monitor.bicep' = {
  params: {
    token: token
    location: location
    workspaceId: monitoring.outputs.workspaceId
    identityPrincipalId: appIdentity.properties.principalId
    alertEmail: alertEmail
    noExportDays: noExportDays
    tags: tags
  }
}

module endpoints 'modules/endpoints.bicep' = if (networkIsolation) {
  params: {
    location: location
    networkId: network.?outputs.networkId ?? ''
    subnetId: network.?outputs.endpointsSubnetId ?? ''
    accounts: concat(
      [
        { name: accounts.host, services: ['blob', 'queue', 'table'] }
        { name: accounts.data, services: ['blob', 'queue', 'table'] }
        { name: accounts.journal, services: ['blob'] }
      ],
      sftp ? [{ name: accounts.exports, services: ['blob', 'queue'] }] : []
    )
    vaultName: vaultName
    tags: tags
  }
  dependsOn: [hostStorage, dataStorage, exportStorage, journalStorage, vault]
}

module access 'modules/access.bicep' = {
  params: {
    identityName: appIdentity.name
    hostAccount: accounts.host
    dataAccount: accounts.data
    exportsAccount: accounts.exports
    journalAccount: accounts.journal
    dataContainers: [names.results, names.quarantine]
    exportContainers: exportContainers
    journalContainer: names.journal
    exportsQueue: blobPoisonQueue
    hrGroupId: hrGroupId
    hrUploadsTo: names.exports
    hrReads: names.returns
    queues: dataQueues
    tables: ownTables
  }
  dependsOn: [hostStorage, dataStorage, exportStorage, journalStorage]
}

module site 'modules/site.bicep' = {
  params: {
    token: token
    location: location
    sku: sku
    subnetId: network.?outputs.appSubnetId ?? ''
    appIdentityId: appIdentity.id
    appIdentityClientId: appIdentity.properties.clientId
    signInIdentityId: signInIdentity.id
    signInIdentityClientId: signInIdentity.properties.clientId
    signInClientId: signInClientId
    hostAccount: accounts.host
    dataAccount: accounts.data
    exportsAccount: accounts.exports
    journalAccount: accounts.journal
    packageContainer: names.package
    insightsConnection: monitoring.outputs.insightsConnection
    settings: union(
      defaults,
      { VALUE_INDEX_KEY: indexKey },
      notifications ? notifySecrets : {},
      telemetry ? telemetrySettings : {},
      settings
    )
    alwaysReadyBlobInstances: alwaysReadyBlobInstances
    maximumInstances: maximumInstances
    packageUri: packageUri
    tags: tags
  }
  dependsOn: [access]
}

resource keep 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds who has which phone method, and the identity that may change them. scripts/tear_down.py removes it.'
  }
}

output siteName string = site.outputs.name
output siteHost string = site.outputs.host
output appIdentityPrincipalId string = appIdentity.properties.principalId
output appIdentityClientId string = appIdentity.properties.clientId
output signInIdentityPrincipalId string = signInIdentity.properties.principalId
output exportsAccount string = accounts.exports
output exportsContainer string = names.exports
output vaultName string = vaultName
output hostAccount string = accounts.host
