metadata description = 'One storage account with its containers, queues and tables. Sign-in with a key is switched off.'

@minLength(3)
@maxLength(24)
param name string
param location string
param sku string
param containers string[]
param queues string[] = []
param tables string[] = []

@description('Days for which deleted blobs can be restored; 0 = deleted at once. They count as retention.')
param softDeleteDays int = 0

@description('Containers whose blobs are deleted after some days, should the app not have done so.')
param expiries { container: string, days: int }[] = []

@description('Days for which blobs of the containers cannot be changed or deleted; 0 = the template sets no policy.')
param immutableDays int = 0

param sftp bool = false

@description('Public IP addresses that reach the account past the network isolation.')
param ipAddresses string[] = []
param networkIsolation bool

@description('Whether Event Grid must reach the account: it does as a trusted service, and only as long as that bypass is open.')
param admitsEventGrid bool = false
param tags object

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isHnsEnabled: sftp
    isLocalUserEnabled: sftp
    isSftpEnabled: sftp
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: networkIsolation && !admitsEventGrid && !sftp ? 'Disabled' : 'Enabled'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: admitsEventGrid ? 'AzureServices' : 'None'
      defaultAction: networkIsolation ? 'Deny' : 'Allow'
      ipRules: [for address in ipAddresses: { value: address, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: softDeleteDays > 0 ? { enabled: true, days: softDeleteDays } : { enabled: false }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource container 'containers' = [
      for container in containers: {
        name: container
        properties: {
          publicAccess: 'None'
        }
      }
    ]
  }

  resource queueService 'queueServices' = if (!empty(queues)) {
    name: 'default'

    resource queue 'queues' = [for queue in queues: { name: queue }]
  }

  resource tableService 'tableServices' = if (!empty(tables)) {
    name: 'default'

    resource table 'tables' = [for table in tables: { name: table }]
  }
}

resource expiry 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = if (!empty(expiries)) {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        for expiry in expiries: {
          name: 'expire-${expiry.container}'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${expiry.container}/']
            }
            // accounts with folders, which SFTP needs, have no versions
            actions: union(
              { baseBlob: { delete: { daysAfterModificationGreaterThan: expiry.days } } },
              sftp
                ? {}
                : {
                    snapshot: { delete: { daysAfterCreationGreaterThan: expiry.days } }
                    version: { delete: { daysAfterCreationGreaterThan: expiry.days } }
                  }
            )
          }
        }
      ]
    }
  }
}

// It stays unlocked: a locked policy can never be removed, and its account not be deleted before the days are over.
// Locking is an action of its own (docs/audit.md, docs/uninstall.md). A locked policy can only be extended, not deployed
// again ("Create Or Update Immutability Policy": creates or updates an unlocked policy), so the days are then given as 0.
resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2024-01-01' = [
  for (container, index) in containers: if (immutableDays > 0) {
    parent: account::blobs::container[index]
    name: 'default'
    properties: {
      allowProtectedAppendWrites: true
      immutabilityPeriodSinceCreationInDays: immutableDays
    }
  }
]

output name string = account.name
output id string = account.id
