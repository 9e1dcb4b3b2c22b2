metadata description = 'What the app may do with storage, container by container, queue by queue and table by table.'

@description('The identity of the app.')
param identityName string
param hostAccount string
param dataAccount string
param exportsAccount string
param journalAccount string
param dataContainers string[]

@description('The containers of the account with the exports: of exports, of returned results, of done exports.')
param exportContainers string[]
param journalContainer string

@description('The queue of the account with the exports in which the host leaves blobs that it gave up.')
param exportsQueue string

@description('The group of HR; empty = it gets no role.')
param hrGroupId string
param hrUploadsTo string
param hrReads string
param queues string[]
param tables string[]

var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource host 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostAccount
}

resource data 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: dataAccount

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource containers 'containers' existing = [for name in dataContainers: { name: name }]
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' existing = [for name in queues: { name: name }]
  }

  resource tableService 'tableServices' existing = {
    name: 'default'

    resource table 'tables' existing = [for name in tables: { name: name }]
  }
}

resource exports 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: exportsAccount

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource containers 'containers' existing = [for name in exportContainers: { name: name }]

    resource uploads 'containers' existing = {
      name: hrUploadsTo
    }

    resource returns 'containers' existing = {
      name: hrReads
    }
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource poison 'queues' existing = {
      name: exportsQueue
    }
  }
}

resource journal 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: journalAccount

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = {
      name: journalContainer
    }
  }
}

@description('The host keeps leases, keys and timers in containers that it makes itself, so it needs the account.')
resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: host
  name: guid(host.id, identity.id, roles.blobOwner)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobOwner)
  }
}

@description('The blob trigger keeps receipts in queues of the host account that the host makes itself.')
resource hostQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: host
  name: guid(host.id, identity.id, roles.queueContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueContributor)
  }
}

resource dataBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in dataContainers: {
    scope: data::blobs::containers[index]
    name: guid(data.id, name, identity.id, roles.blobContributor)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
    }
  }
]

resource dataQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in queues: {
    scope: data::queueService::queue[index]
    name: guid(data.id, name, identity.id, roles.queueContributor)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueContributor)
    }
  }
]

resource dataTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in tables: {
    scope: data::tableService::table[index]
    name: guid(data.id, name, identity.id, roles.tableContributor)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.tableContributor)
    }
  }
]

resource exportsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in exportContainers: {
    scope: exports::blobs::containers[index]
    name: guid(exports.id, name, identity.id, roles.blobContributor)
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
    }
  }
]

resource hrUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(hrGroupId)) {
  scope: exports::blobs::uploads
  name: guid(exports.id, hrUploadsTo, hrGroupId, roles.blobContributor)
  properties: {
    principalId: hrGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
  }
}

@description('HR cannot write here, because the app believes what it has returned.')
resource hrReturns 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(hrGroupId)) {
  scope: exports::blobs::returns
  name: guid(exports.id, hrReads, hrGroupId, roles.blobReader)
  properties: {
    principalId: hrGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobReader)
  }
}

resource exportsPoison 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: exports::queueService::poison
  name: guid(exports.id, exportsQueue, identity.id, roles.queueContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueContributor)
  }
}

resource journalBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: journal::blobs::container
  name: guid(journal.id, journalContainer, identity.id, roles.blobContributor)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
  }
}
