metadata description = 'The resource group of the app and everything in it. events.bicep follows when the code is deployed.'
targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('The name of the environment; resource names derive from it.')
param environmentName string

@minLength(1)
@description('The region. Flex Consumption must be offered there when sku is FC1.')
param location string

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

@description('Instances that are always ready for blob events: one keeps the Event Grid handshake and small runs fast.')
@minValue(0)
param alwaysReadyBlobInstances int = 1

@description('The most instances of each function group, with EP1 at most 3 in total: the rate limit of Graph is shared by all, so more bring little.')
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

@description('Further tags of every resource.')
param tags object = {}

var allTags = union(tags, { 'azd-env-name': environmentName })

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

module resources 'resources.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    location: location
    sku: sku
    storageSku: storageSku
    networkIsolation: networkIsolation
    sftp: sftp
    sftpAddresses: sftpAddresses
    signInClientId: signInClientId
    hrGroupId: hrGroupId
    settings: settings
    alwaysReadyBlobInstances: alwaysReadyBlobInstances
    maximumInstances: maximumInstances
    journalRetentionDays: journalRetentionDays
    journalLocked: journalLocked
    notifications: notifications
    telemetry: telemetry
    alertEmail: alertEmail
    noExportDays: noExportDays
    tags: allTags
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output SITE_NAME string = resources.outputs.siteName
output SITE_HOST string = resources.outputs.siteHost
output APP_IDENTITY_PRINCIPAL_ID string = resources.outputs.appIdentityPrincipalId
output APP_IDENTITY_CLIENT_ID string = resources.outputs.appIdentityClientId
output SIGN_IN_IDENTITY_PRINCIPAL_ID string = resources.outputs.signInIdentityPrincipalId
output EXPORTS_ACCOUNT string = resources.outputs.exportsAccount
output EXPORTS_CONTAINER string = resources.outputs.exportsContainer
output VAULT_NAME string = resources.outputs.vaultName
output HOST_ACCOUNT string = resources.outputs.hostAccount
